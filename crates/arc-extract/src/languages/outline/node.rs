//! Small questions to nodes.

use tree_sitter::Node;

/// The first named child of this kind.
pub(in crate::languages) fn child_of_kind<'w>(node: Node<'w>, kind: &str) -> Option<Node<'w>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .find(|child| child.kind() == kind)
}

/// The named children. For nodes with few of them; the walk itself never allocates per node.
pub(in crate::languages) fn named_children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).collect()
}

/// Whether a keyword or sign stands directly in the node.
pub(in crate::languages) fn has_token(node: Node<'_>, token: &str) -> bool {
    let mut cursor = node.walk();
    node.children(&mut cursor)
        .any(|child| !child.is_named() && child.kind() == token)
}

/// The text of the first leaf below the node: the bare name in a wrapped or generic one.
pub(in crate::languages) fn leaf_text<'w>(text: &'w str, node: Node<'w>) -> &'w str {
    let mut node = node;
    for _ in 0..64 {
        match node.named_child(0) {
            Some(child) => node = child,
            None => break,
        }
    }
    text.get(node.byte_range()).unwrap_or("")
}
