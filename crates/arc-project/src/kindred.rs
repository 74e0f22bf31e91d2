//! Languages whose files are parts of one program.

/// Whether files of two languages define and use the same names; any two files that no language is known of do.
pub(crate) fn are_kindred(one: Option<&str>, other: Option<&str>) -> bool {
    const FAMILIES: [&[&str]; 3] = [
        &["javascript", "typescript"],
        &["c", "c++"],
        &["java", "kotlin", "scala"],
    ];
    one == other
        || one.zip(other).is_some_and(|(one, other)| {
            FAMILIES
                .iter()
                .any(|family| family.contains(&one) && family.contains(&other))
        })
}
