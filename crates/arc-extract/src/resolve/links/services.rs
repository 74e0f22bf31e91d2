//! Services of an interface description to what generated code makes of them: types that answer, stubs that ask. Generators
//! make names by a rule of their language; what stands under such a name belongs to the service.

use arc_graph::{Confidence, EdgeKind, NodeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Links, ends};
use crate::ends::{Generated, Side, Space};
use crate::facts::{BlockKind, Expr, ExprId, Name};
use crate::resolve::evaluate::Evaluator;
use crate::resolve::hierarchy::{Hierarchy, is_type_kind};
use crate::resolve::program::Program;
use crate::resolve::tables::Tables;
use crate::resolve::values::{Sym, Value};

/// Services that a project may have; with more, only the first are tied.
const MAX_SERVICES: usize = 2_000;

const TOLD: Confidence = Confidence::from_thousandths(850);
const BY_METHOD: Confidence = Confidence::from_thousandths(800);
const ANSWERING: Confidence = Confidence::from_thousandths(700);

struct Service {
    sym: Sym,
    name: String,
    /// The procedures, by their names without case and underscores.
    procedures: FxHashMap<String, Sym>,
    /// What answers for each procedure.
    answers: FxHashMap<Sym, Vec<Sym>>,
}

/// Ties services to what answers for them and to the code that asks them.
pub(super) fn tie(
    program: &Program<'_>,
    hierarchy: &Hierarchy,
    tables: &Tables,
    links: &mut Links,
) {
    let mut services = services(program);
    if services.is_empty() {
        return;
    }
    let files = 0..program.project_files as u32;
    let mut asking = Vec::new();
    for (at, service) in services.iter_mut().enumerate() {
        for file in files.clone() {
            let indexed = program.file(file);
            for rule in indexed.semantics.ends.generated {
                let name = program.known(&rule.name(&service.name));
                let Some(local) = name.and_then(|name| indexed.local(name)) else {
                    continue;
                };
                let answering = answering(program, file, local, *rule);
                for class in &answering {
                    answer(program, service, *class, links);
                }
                if answering.is_empty() {
                    asking.push((at, file, local));
                }
            }
        }
    }
    for file in files {
        let evaluator = Evaluator::new(program, hierarchy, tables, file);
        named_at_run_time(&evaluator, &mut services, &mut asking, links);
    }
    for (at, file, local) in asking {
        ask(program, &services[at], file, local, links);
    }
}

fn services(program: &Program<'_>) -> Vec<Service> {
    let mut found = Vec::new();
    for file in 0..program.project_files as u32 {
        for end in ends(program, file, Space::Service, Side::Provides) {
            let sym = Sym {
                file,
                symbol: end.symbol.0,
            };
            let facts = program.file(file).facts;
            let procedures = members(program, sym);
            if found.len() < MAX_SERVICES && !facts.text(end.key).is_empty() {
                found.push(Service {
                    sym,
                    name: facts.text(end.key).to_owned(),
                    procedures: procedures.into_iter().collect(),
                    answers: FxHashMap::default(),
                });
            }
        }
    }
    found
}

/// The methods of a type by their plain names, those written outside of it included.
fn members(program: &Program<'_>, class: Sym) -> Vec<(String, Sym)> {
    let file = program.file(class.file);
    let methods = file.facts.symbols.iter().enumerate().filter(|(_, fact)| {
        fact.parent.0 == class.symbol && fact.kind == NodeKind::Method.number()
    });
    methods
        .map(|(symbol, fact)| {
            let sym = Sym {
                file: class.file,
                symbol: symbol as u32,
            };
            (plain(file.facts.text(fact.name)), sym)
        })
        .collect()
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

/// The types of a file that have a generated one as base.
fn answering(program: &Program<'_>, file: u32, local: Name, rule: Generated) -> Vec<Sym> {
    let facts = program.file(file).facts;
    let is_named = |expr: ExprId| match facts.exprs.expr(expr) {
        Expr::Name(name) | Expr::Member(_, name) => name == local,
        _ => false,
    };
    if !rule.is_base {
        return Vec::new();
    }
    let mut found: Vec<u32> = Vec::new();
    for (symbol, fact) in facts.symbols.iter().enumerate() {
        if facts.list(fact.bases).any(is_named) {
            found.push(symbol as u32);
        }
    }
    for extension in &facts.extensions {
        if facts.list(extension.interfaces).any(is_named)
            && let Expr::Name(target) = facts.exprs.expr(extension.target)
        {
            let types = facts.symbols.iter().enumerate();
            let mut types = types.filter(|(_, fact)| {
                let kind = NodeKind::from_number(fact.kind);
                fact.name == target && kind.is_some_and(is_type_kind)
            });
            found.extend(types.next().map(|(symbol, _)| symbol as u32));
        }
    }
    found
        .into_iter()
        .map(|symbol| Sym { file, symbol })
        .collect()
}

/// Services that a file names by texts, or as members of what it loaded: annotated methods, registered objects, stubs.
fn named_at_run_time(
    evaluator: &Evaluator<'_, '_>,
    services: &mut [Service],
    asking: &mut Vec<(usize, u32, Name)>,
    links: &mut Links,
) {
    let (program, file) = (evaluator.program, evaluator.index);
    let facts = evaluator.file.facts;
    let names = evaluator.file.semantics.ends.services;
    for end in ends(program, file, Space::Service, Side::Uses) {
        let method = Sym {
            file,
            symbol: end.symbol.0,
        };
        let named = match end.verb.is_some() {
            true => end.verb,
            false => program.fact(method).name,
        };
        let key = facts.text(end.key);
        let procedure = plain(facts.text(named));
        let of_name = services.iter_mut().filter(|service| service.name == key);
        for service in of_name {
            answers_for(program, service, &procedure, method, links);
        }
    }
    let knows = |text: &&str| {
        program
            .known(text)
            .and_then(|name| evaluator.file.local(name))
    };
    let is_loaded = knows(&names.loader).is_some();
    let mut calls = names.registrations.iter().chain(names.stubs);
    if !is_loaded && !calls.any(|name| knows(name).is_some()) {
        return;
    }
    for (at, node) in facts.exprs.iter().enumerate() {
        if let Expr::New(class, _) = node.expr
            && is_loaded
            && let Expr::Member(_, name) = facts.exprs.expr(class)
            && let Some(service) = service_named(services, facts.text(name))
        {
            asking.push((service, file, name));
        }
        let Expr::Call(callee, args) = node.expr else {
            continue;
        };
        let args: Vec<ExprId> = facts.list(args).take(2).collect();
        let called = match last_name(evaluator, callee) {
            Some(name) => facts.text(name),
            None => continue,
        };
        if names.stubs.contains(&called)
            && let Some(Expr::Text(name)) = args.first().map(|arg| facts.exprs.expr(*arg))
            && let Some(service) = service_named(services, facts.text(name))
        {
            asking.push((service, file, name));
        }
        if names.registrations.contains(&called)
            && let [service, object] = args.as_slice()
            && let Some(service) = registered(evaluator, services, *service)
        {
            let block = facts.blocks.get(node.block.index());
            let src = Sym {
                file,
                symbol: block.map_or(0, |block| block.symbol.0),
            };
            let service = &mut services[service];
            let place = (src, evaluator.exprs().line(ExprId(at as u32)));
            links.add(program, place, service.sym, EdgeKind::References, TOLD);
            for (name, function) in functions_of(evaluator, *object) {
                answers_for(program, service, &name, function, links);
            }
        }
    }
}

fn service_named(services: &[Service], name: &str) -> Option<usize> {
    services.iter().position(|service| service.name == name)
}

fn last_name(evaluator: &Evaluator<'_, '_>, expr: ExprId) -> Option<Name> {
    match evaluator.file.facts.exprs.expr(expr) {
        Expr::Name(name) | Expr::Member(_, name) => Some(name),
        Expr::Apply(base, _) if base != expr => last_name(evaluator, base),
        _ => None,
    }
}

/// The service that a registration names: `pkg.Users.service` or the generated `UsersService`.
fn registered(evaluator: &Evaluator<'_, '_>, services: &[Service], expr: ExprId) -> Option<usize> {
    let facts = evaluator.file.facts;
    let name = facts.text(last_name(evaluator, expr)?);
    if name == "service"
        && let Expr::Member(base, _) = facts.exprs.expr(expr)
    {
        return service_named(services, facts.text(last_name(evaluator, base)?));
    }
    let whole = service_named(services, name);
    whole.or_else(|| service_named(services, name.strip_suffix("Service")?))
}

/// The functions of an object literal, by their plain names.
fn functions_of(evaluator: &Evaluator<'_, '_>, object: ExprId) -> Vec<(String, Sym)> {
    let mut found = Vec::new();
    for item in evaluator.eval(object).iter() {
        let Value::Made(file, expr) = item.value else {
            continue;
        };
        if file != evaluator.index {
            continue;
        }
        let facts = evaluator.file.facts;
        let Expr::Object(properties) = facts.exprs.expr(ExprId(expr)) else {
            continue;
        };
        for property in facts.list(properties) {
            let Expr::Keyword(name, value) = facts.exprs.expr(property) else {
                continue;
            };
            let values = evaluator.eval(value);
            let function = values
                .iter()
                .find_map(|item| evaluator.callable(item.value))
                .map(|(function, _)| function);
            found.extend(function.map(|function| (plain(facts.text(name)), function)));
        }
    }
    found
}

/// A function answers for a procedure, if the service has one of this name.
fn answers_for(
    program: &Program<'_>,
    service: &mut Service,
    name: &str,
    function: Sym,
    links: &mut Links,
) {
    let Some(procedure) = service.procedures.get(name) else {
        return;
    };
    let line = program.fact(function).line;
    let kind = EdgeKind::Overrides;
    links.add(program, (function, line), *procedure, kind, TOLD);
    let answers = service.answers.entry(*procedure).or_default();
    if !answers.contains(&function) && answers.len() < 8 {
        answers.push(function);
    }
}

fn answer(program: &Program<'_>, service: &mut Service, class: Sym, links: &mut Links) {
    let line = program.fact(class).line;
    links.add(
        program,
        (class, line),
        service.sym,
        EdgeKind::Inherits,
        TOLD,
    );
    for (name, method) in members(program, class) {
        answers_for(program, service, &name, method, links);
    }
}

/// Uses of a stub: where it is made or named, and calls of the service's procedures in the same file.
fn ask(program: &Program<'_>, service: &Service, file: u32, local: Name, links: &mut Links) {
    let facts = program.file(file).facts;
    // The generated code itself makes the stub.
    let defines = facts.symbols.iter().position(|fact| fact.name == local);
    if let Some(symbol) = defines {
        let sym = Sym {
            file,
            symbol: symbol as u32,
        };
        let line = program.fact(sym).line;
        links.add(
            program,
            (sym, line),
            service.sym,
            EdgeKind::References,
            TOLD,
        );
        return;
    }
    let mut called: FxHashSet<ExprId> = FxHashSet::default();
    let mut named: Vec<(u32, Sym)> = Vec::new();
    for (at, node) in facts.exprs.iter().enumerate() {
        let around = facts.blocks.get(node.block.index());
        let src = Sym {
            file,
            symbol: around.map_or(0, |block| block.symbol.0),
        };
        let is_code = around.is_some_and(|block| block.kind != BlockKind::Class as u8);
        match node.expr {
            Expr::Name(name) | Expr::Member(_, name) if name == local => {
                named.push((node.line, src));
            }
            Expr::Member(_, name)
                if is_code && service.procedures.contains_key(&plain(facts.text(name))) =>
            {
                called.insert(ExprId(at as u32));
            }
            Expr::Call(callee, _) if called.contains(&callee) => {
                let Expr::Member(_, name) = facts.exprs.expr(callee) else {
                    continue;
                };
                let procedure = service.procedures[&plain(facts.text(name))];
                let place = (src, node.line);
                links.add(program, place, procedure, EdgeKind::Requests, BY_METHOD);
                let answers = service
                    .answers
                    .get(&procedure)
                    .map_or(&[][..], Vec::as_slice);
                for method in answers {
                    let confidence = ANSWERING.shared_among(answers.len());
                    links.add(program, place, *method, EdgeKind::Requests, confidence);
                }
            }
            _ => {}
        }
    }
    for (line, src) in named {
        links.add(
            program,
            (src, line),
            service.sym,
            EdgeKind::References,
            TOLD,
        );
    }
}
