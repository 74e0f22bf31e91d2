//! Declarators: what is declared, of which shape, around which name.

use tree_sitter::Node;

use super::kinds as k;
use super::lower::{Indirection, Lowering};

/// A declarator taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Declarator<'a> {
    /// The name: an identifier, a qualified one, an operator or destructor name; `None` for an abstract one.
    pub(super) name: Option<Node<'a>>,
    /// The function declarator next to the name (`f(int)`, not `(*f)(int)`).
    pub(super) function: Option<Node<'a>>,
    /// It declares a pointer to a function or a type of functions.
    pub(super) is_function_pointer: bool,
    /// A pointer, reference to a pointer, or array.
    pub(super) indirection: Indirection,
    /// An array.
    pub(super) is_array: bool,
    /// The value of an initializer.
    pub(super) value: Option<Node<'a>>,
}

impl<'a> Lowering<'a, '_> {
    /// Takes a declarator apart from the outside in.
    pub(super) fn declarator(&mut self, node: Node<'a>) -> Declarator<'a> {
        let mut result = Declarator {
            name: None,
            function: None,
            is_function_pointer: false,
            indirection: Indirection::None,
            is_array: false,
            value: None,
        };
        let mut node = node;
        // A pointer or parenthesis between the function declarator and the name makes it a pointer to functions.
        for _ in 0..64 {
            let inner = match self.kind(node) {
                k::INIT_DECLARATOR => {
                    result.value = self.field(node, self.fields.value);
                    self.field(node, self.fields.declarator)
                }
                k::POINTER_DECLARATOR | k::POINTER_TYPE_DECLARATOR | k::ABSTRACT_POINTER => {
                    if result.function.take().is_some() {
                        result.is_function_pointer = true;
                    }
                    result.indirection = Indirection::Pointer;
                    self.field(node, self.fields.declarator)
                        .or_else(|| self.last_named(node))
                }
                k::REFERENCE_DECLARATOR | k::ABSTRACT_REFERENCE => {
                    if result.function.take().is_some() {
                        result.is_function_pointer = true;
                    }
                    self.last_named(node)
                }
                k::ARRAY_DECLARATOR | k::ABSTRACT_ARRAY => {
                    result.indirection = Indirection::Pointer;
                    result.is_array = true;
                    self.field(node, self.fields.declarator)
                }
                k::FUNCTION_DECLARATOR | k::ABSTRACT_FUNCTION => {
                    if result.function.is_some() {
                        result.is_function_pointer = true;
                    }
                    result.function = Some(node);
                    self.field(node, self.fields.declarator)
                }
                k::PARENTHESIZED_DECLARATOR | k::ABSTRACT_PARENTHESIZED => self.last_named(node),
                k::ATTRIBUTED_DECLARATOR | k::VARIADIC_DECLARATOR => node.named_child(0),
                k::OPERATOR_CAST => {
                    result.name = Some(node);
                    result.function = self
                        .field(node, self.fields.declarator)
                        .filter(|inner| self.kind(*inner) == k::ABSTRACT_FUNCTION);
                    None
                }
                k::QUALIFIED => {
                    result.name = Some(node);
                    // `A::operator bool() const` has no function declarator around it.
                    let mut last = node;
                    while let Some(name) = self.field(last, self.fields.name) {
                        last = name;
                    }
                    if self.kind(last) == k::OPERATOR_CAST {
                        result.function = self.field(last, self.fields.declarator);
                    }
                    None
                }
                _ => {
                    result.name = Some(node);
                    None
                }
            };
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        result
    }

    fn last_named(&self, node: Node<'a>) -> Option<Node<'a>> {
        let count = node.named_child_count();
        (0..count)
            .rev()
            .filter_map(|index| node.named_child(index as u32))
            .find(|child| {
                !matches!(
                    self.kind(*child),
                    k::TYPE_QUALIFIER | k::COMMENT | k::ATTRIBUTE_SPECIFIER | k::OTHER
                )
            })
    }
}
