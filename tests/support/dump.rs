//! A graph as text, to compare two of them.

use std::path::Path;

use rusqlite::Connection;

/// What is compared: a name, and rows as text without ids and times.
const SECTIONS: &[(&str, &str)] = &[
    (
        "node",
        "SELECT json_array(n.kind, n.name, n.qualified_name, n.path, n.line, n.end_line, p.qualified_name, m.ordinal, m.flags, m.complexity, n.number)
         FROM nodes n JOIN node m USING (id) LEFT JOIN nodes p ON p.id = m.parent",
    ),
    (
        "edge",
        "SELECT json_array(s.kind, s.qualified_name, s.path, s.line, d.qualified_name, d.kind, d.path, d.line, e.kind, e.confidence, e.path, e.line, e.rule)
         FROM edges e JOIN nodes s ON s.id = e.src JOIN nodes d ON d.id = e.dst",
    ),
    (
        "unresolved",
        "SELECT json_array(n.qualified_name, n.path, s.text, u.line) FROM unresolved u JOIN strings s ON s.id = u.name JOIN nodes n ON n.id = u.src",
    ),
    (
        "file",
        "SELECT json_array(path, language, size, hex(hash), flags, lines, error_bytes, module, separator, digest) FROM files",
    ),
    ("folder", "SELECT hex(path) FROM meta_folders"),
    (
        "facts",
        "SELECT json_array(f.path, hex(b.bytes)) FROM facts b JOIN files f ON f.id = b.file",
    ),
    (
        "record of an index",
        "SELECT json_array(path, hex(bytes)) FROM scip_records",
    ),
    (
        "test of coverage",
        "SELECT json_array(id, name) FROM coverage_tests",
    ),
    (
        "coverage",
        "SELECT json_array(path, hex(hash), hex(runs)) FROM coverage_files",
    ),
    (
        "indexes",
        "SELECT value FROM meta WHERE key IN ('coverage', 'scip')",
    ),
    (
        "terms",
        "SELECT json_array(f.path, hex(t.terms)) FROM file_terms t JOIN files f ON f.id = t.file",
    ),
    (
        "diagnostic",
        "SELECT json_array(f.path, d.position, d.message) FROM diagnostics d JOIN files f ON f.id = d.file",
    ),
    (
        "word of a name",
        "SELECT json_array(v.term, n.path, n.qualified_name, m.ordinal) FROM temp.name_words v JOIN nodes n ON n.id = v.doc JOIN node m USING (id)",
    ),
    (
        "word of documentation",
        "SELECT json_array(v.term, n.path, n.qualified_name, m.ordinal) FROM temp.doc_words v JOIN nodes n ON n.id = v.doc JOIN node m USING (id)",
    ),
    (
        "word of a message",
        "SELECT json_array(v.term, hex(c.hash)) FROM temp.message_words v JOIN commits c ON c.id = v.doc",
    ),
    (
        "record",
        "SELECT json_array(f.path, r.form, r.line, r.end_line, r.label, r.title, r.status, r.date, r.people)
         FROM records r JOIN files f ON f.id = r.file",
    ),
    (
        "owned",
        "SELECT json_array(f.path, c.name, o.line, (SELECT value FROM meta WHERE key = 'code_owners'))
         FROM owned o JOIN code_owners c ON c.id = o.owner JOIN files f ON f.id = o.file",
    ),
    (
        "name in a record",
        "SELECT json_array(f.path, r.line, m.position, m.said, m.form, m.name, m.line, n.qualified_name, n.path, n.line, o.path, p.title, m.folder)
         FROM record_names m JOIN records r ON r.id = m.record JOIN files f ON f.id = r.file LEFT JOIN nodes n ON n.id = m.node
         LEFT JOIN records p ON p.id = m.other LEFT JOIN files o ON o.id = p.file",
    ),
    (
        "ticket of a record",
        "SELECT json_array(f.path, r.line, t.ticket, t.line)
         FROM record_tickets t JOIN records r ON r.id = t.record JOIN files f ON f.id = r.file",
    ),
    (
        "word of a record",
        "SELECT json_array(v.term, f.path, r.line) FROM temp.record_words v JOIN records r ON r.id = v.doc JOIN files f ON f.id = r.file",
    ),
    (
        "words",
        "SELECT (SELECT count(*) FROM temp.name_words) || ' ' || (SELECT count(*) FROM temp.doc_words) || ' ' || (SELECT count(*) FROM temp.message_words) || ' ' || (SELECT count(*) FROM temp.record_words)",
    ),
    (
        "history",
        "SELECT json_array(key, value) FROM meta WHERE key = 'head' OR key LIKE 'history%'",
    ),
    ("person", "SELECT json_array(name, email) FROM people"),
    (
        "path",
        "SELECT json_array(p.path, p.commits, hex(c.hash)) FROM paths p LEFT JOIN commits c ON c.id = p.newest",
    ),
    (
        "commit",
        "SELECT json_array(hex(c.hash), c.time, c.position, p.name, p.email, k.name, c.is_fix, c.subject, c.n_source, c.n_total)
         FROM commits c JOIN people p ON p.id = c.author JOIN commit_kinds k ON k.number = c.kind",
    ),
    (
        "came in with",
        "SELECT json_array(hex(c.hash), r.sign, c.pull & 0xffffffff, c.pull_source)
         FROM commits c JOIN trackers r ON r.id = c.pull >> 32",
    ),
    (
        "ticket",
        "SELECT json_array(r.sign, t.id & 0xffffffff, t.kind, hex(c.hash), t.title)
         FROM tickets t JOIN trackers r ON r.id = t.id >> 32 LEFT JOIN commits c ON c.id = t.said_by",
    ),
    ("tracker", "SELECT sign FROM trackers"),
    (
        "mention",
        "SELECT json_array(r.sign, m.ticket & 0xffffffff, hex(c.hash), m.said, m.said_in)
         FROM mentions m JOIN trackers r ON r.id = m.ticket >> 32 JOIN commits c ON c.id = m.commit_id",
    ),
    (
        "co-author",
        "SELECT json_array(hex(c.hash), p.name, p.email)
         FROM co_authors a JOIN commits c ON c.id = a.commit_id JOIN people p ON p.id = a.person",
    ),
    (
        "changed file",
        "SELECT json_array(p.path, hex(c.hash), f.status, f.added, f.deleted, hex(f.before), hex(f.content))
         FROM commit_files f JOIN paths p ON p.id = f.path JOIN commits c ON c.id = f.commit_id",
    ),
    (
        "rename",
        "SELECT json_array(hex(c.hash), a.path, b.path)
         FROM renames r JOIN commits c ON c.id = r.commit_id JOIN paths a ON a.id = r.old JOIN paths b ON b.id = r.new",
    ),
    (
        "statistics",
        "SELECT json_array(p.path, s.revisions, s.weight, s.fixes, s.first_time, s.last_time, s.authors, s.top_share)
         FROM file_stats s JOIN paths p ON p.id = s.path",
    ),
    (
        "co-change",
        "SELECT json_array(a.path, b.path, s.weight, s.count, hex(c.hash))
         FROM co_change s JOIN paths a ON a.id = s.a JOIN paths b ON b.id = s.b JOIN commits c ON c.id = s.last",
    ),
];

/// The same of what trackers said.
const TRACKED: &[(&str, &str)] = &[
    (
        "tracked ticket",
        "SELECT json_array(r.sign, t.id & 0xffffffff, t.kind, t.source, t.state, t.title, t.body, p.login, t.created, t.updated, t.closed, t.url)
         FROM tracked_tickets t JOIN trackers r ON r.id = t.id >> 32 LEFT JOIN tracked_people p ON p.id = t.author",
    ),
    ("account", "SELECT login FROM tracked_people"),
    (
        "address",
        "SELECT json_array(p.login, a.email) FROM tracked_addresses a JOIN tracked_people p ON p.id = a.person",
    ),
    (
        "remark",
        "SELECT json_array(r.sign, m.ticket & 0xffffffff, m.kind, p.login, m.time, m.body, m.url, m.path, m.line, m.code, m.verdict)
         FROM tracked_remarks m JOIN trackers r ON r.id = m.ticket >> 32 LEFT JOIN tracked_people p ON p.id = m.author",
    ),
    (
        "tracked commit",
        "SELECT json_array(hex(c.hash), r.sign, c.ticket & 0xffffffff, c.role) FROM tracked_commits c JOIN trackers r ON r.id = c.ticket >> 32",
    ),
    (
        "tracked file",
        "SELECT json_array(r.sign, f.ticket & 0xffffffff, f.path) FROM tracked_files f JOIN trackers r ON r.id = f.ticket >> 32",
    ),
    (
        "label",
        "SELECT json_array(r.sign, l.ticket & 0xffffffff, l.label) FROM tracked_labels l JOIN trackers r ON r.id = l.ticket >> 32",
    ),
    (
        "link",
        "SELECT json_array(o.sign, l.told_by & 0xffffffff, a.sign, l.src & 0xffffffff, b.sign, l.dst & 0xffffffff, l.said, l.said_in)
         FROM tracked_links l JOIN trackers o ON o.id = l.told_by >> 32 JOIN trackers a ON a.id = l.src >> 32 JOIN trackers b ON b.id = l.dst >> 32",
    ),
    (
        "list",
        "SELECT json_array(list, origin, cursor, is_complete, left_out) FROM tracked_lists",
    ),
    (
        "feedback",
        "SELECT json_array(verdict, about, kind, path, text, diff) FROM feedback",
    ),
    (
        "incident",
        "SELECT json_array(i.about, i.path, i.line, i.symbol, i.class, i.message, i.rule, i.text, i.diff, i.is_undone, e.kind, d.kind, d.qualified_name)
         FROM incidents i JOIN edges e ON e.src = -8 * (i.id + 4294967296) - 3 LEFT JOIN nodes d ON d.id = e.dst",
    ),
    (
        "rest",
        "SELECT json_array(r.sign, t.ticket & 0xffffffff, t.part, t.node, t.cursor) FROM tracked_rest t JOIN trackers r ON r.id = t.ticket >> 32",
    ),
    (
        "word of a ticket",
        "SELECT json_array(v.term, r.sign, v.doc & 0xffffffff) FROM temp.ticket_words v JOIN trackers r ON r.id = v.doc >> 32",
    ),
    (
        "word of a remark",
        "SELECT json_array(v.term, m.body, m.url) FROM temp.remark_words v JOIN tracked_remarks m ON m.id = v.doc",
    ),
    (
        "ticket, person",
        "SELECT json_array(kind, name, qualified_name, number) FROM nodes WHERE id < 0 AND kind <> 'commit'",
    ),
];

/// Everything a graph says, sorted, without ids and times. The file must be whole.
pub(crate) fn dump(graph: &Path) -> Vec<String> {
    let connection = Connection::open(graph).unwrap();
    for table in ["name", "doc", "message", "record", "ticket", "remark"] {
        connection
            .execute_batch(&format!(
                "INSERT INTO {table}_fts({table}_fts) VALUES ('integrity-check');
                 CREATE VIRTUAL TABLE temp.{table}_words USING fts5vocab('main', '{table}_fts', 'instance');"
            ))
            .unwrap();
    }
    let check: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
    let references = connection
        .prepare("SELECT json_array(\"table\", rowid, parent) FROM pragma_foreign_key_check")
        .unwrap()
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap()
        .collect::<Result<Vec<_>, _>>()
        .unwrap();
    assert_eq!(references, [""; 0], "references that lead nowhere");
    let mut lines = Vec::new();
    for (name, sql) in SECTIONS.iter().chain(TRACKED) {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0));
        lines.extend(rows.unwrap().map(|row| format!("{name} {}", row.unwrap())));
    }
    lines.extend(files_of_terms(&connection));
    lines.sort_unstable();
    lines
}

/// Each term with the paths of its files, which are kept by id.
fn files_of_terms(connection: &Connection) -> Vec<String> {
    let mut path = connection
        .prepare("SELECT path FROM files WHERE id = ?1")
        .unwrap();
    let mut terms = connection
        .prepare("SELECT term, chunk, files FROM file_terms_idx")
        .unwrap();
    let mut rows = terms.query([]).unwrap();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let (term, chunk): (String, i64) = (row.get(0).unwrap(), row.get(1).unwrap());
        let entries: Vec<u8> = row.get(2).unwrap();
        assert!(!entries.is_empty() && entries.len().is_multiple_of(2));
        for entry in entries.chunks_exact(2) {
            let entry = i64::from(u16::from_le_bytes([entry[0], entry[1]]));
            let file = chunk * 8192 + entry / 8;
            let path: String = path.query_row([file], |row| row.get(0)).unwrap();
            lines.push(format!("{term} in {path} as {}", entry % 8));
        }
    }
    lines
}
