-- The graph file of arc (`.arc/graph.db`), for anyone to read. The store executes this very file.
--
-- Read the views `nodes` and `edges` first: they spell everything out and keep their columns within a schema version.
-- The tables below them are what arc itself reads; kinds and rules there are numbers, names are interned.
-- Ids are internal: they differ between two builds of the same commit. Everything else does not, apart from file times.
-- `PRAGMA user_version` is the schema version, `PRAGMA application_id` is 0x41524347 («ARCG»).

-- What the file as a whole says.
--   schema_version, arc_version, extractor_version, root (the folder it was built from), head (commit, absent without
--   history), built_at, updated_at (seconds since 1970), and whatever a part of arc wants to remember (`history.*`, `links`, `scip`).
CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Names and parts of names, each once. Texts that nothing uses any more may stay until the next full build.
CREATE TABLE strings (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;

-- Numbers of `node.kind`, and their names.
CREATE TABLE node_kinds (
  number INTEGER PRIMARY KEY,
  name   TEXT NOT NULL
) STRICT;

-- Numbers of `edge.kind`, and their names.
CREATE TABLE edge_kinds (
  number INTEGER PRIMARY KEY,
  name   TEXT NOT NULL
) STRICT;

-- Numbers of `edge.rule`, and their names: how an edge was found.
CREATE TABLE rules (
  number INTEGER PRIMARY KEY,
  name   TEXT NOT NULL
) STRICT;

-- Numbers of `commits.kind`, and their names: why a commit was made.
CREATE TABLE commit_kinds (
  number INTEGER PRIMARY KEY,
  name   TEXT NOT NULL
) STRICT;

-- Numbers of `tracked_remarks.kind`, and their names.
CREATE TABLE remark_kinds (
  number INTEGER PRIMARY KEY,
  name   TEXT NOT NULL
) STRICT;

-- Numbers of `pull_source`, `said_in` and `tracked_tickets.source`, and their names: where a pull request or an issue was read.
CREATE TABLE ticket_sources (
  number INTEGER PRIMARY KEY,
  name   TEXT NOT NULL
) STRICT;

-- Every file the walk found, in or out of a known language. The id is the id of the file's node.
CREATE TABLE files (
  id          INTEGER PRIMARY KEY REFERENCES node(id),
  path        TEXT NOT NULL,             -- relative to the root, with `/`; bytes that are not UTF-8 as `\xff`
  language    TEXT,                      -- in lower case; NULL when arc does not read it
  size        INTEGER NOT NULL,          -- bytes
  mtime_ns    INTEGER NOT NULL,          -- modified, nanoseconds since 1970; 0 when it must be looked at again
  ctime_ns    INTEGER NOT NULL,          -- changed
  inode       INTEGER NOT NULL,
  hash        BLOB,                      -- XXH3-128 of the content; NULL when it was not read
  flags       INTEGER NOT NULL,          -- 1 vendored, 2 generated, 4 minified, 8 binary, 16 test, 32 too large,
                                         -- 64 unreadable, 128 symbolic link, 256 not UTF-8
  lines       INTEGER NOT NULL,          -- 0 when it was not read
  error_bytes INTEGER NOT NULL,          -- bytes inside syntax errors
  module      TEXT NOT NULL,             -- module name (`app.config`); empty when it has none
  separator   TEXT NOT NULL,             -- between the parts of a qualified name: `.` or `::`
  digest      INTEGER NOT NULL           -- of the rows of this file, so that an update rewrites only what differs
) STRICT;

-- What the last look saw of the folders: what is in them, times, and the files with rules for ignoring. Private to one
-- version of arc, and about this copy of the tree alone; it spares the next look from listing folders that did not change.
CREATE TABLE meta_folders (
  path BLOB NOT NULL PRIMARY KEY,            -- relative to the root, as the system spells it
  seen BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- What the extractor read in a file. Private to one extractor version: other versions drop and redo it.
CREATE TABLE facts (
  file  INTEGER PRIMARY KEY REFERENCES files(id),
  bytes BLOB NOT NULL
) STRICT;

-- The last run of the resolver over the whole project, so that an update evaluates only what can differ. Private to one extractor
-- version. Kinds: 0 the run itself, 1 what a file said then that says something else now, 2 a file whose rows may be other ones
-- now. It is written by builds, and by updates that resolve everything, and everything follows without it.
CREATE TABLE meta_run (
  kind  INTEGER NOT NULL,
  path  TEXT NOT NULL,                   -- empty for the run
  bytes BLOB NOT NULL,
  PRIMARY KEY (kind, path)
) STRICT;

-- What SCIP indexes of compilers say, by path, for files that are there or not. Private to arc; `meta` has the indexes
-- themselves under `scip`: path, tool and XXH3-128 of each.
CREATE TABLE scip_records (
  path  TEXT NOT NULL PRIMARY KEY,
  bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Tests of imported coverage, in the order of their names, which are without parameters and phases. `meta` has under
-- `coverage` what was imported: path, format, seconds since 1970, and what was left out.
CREATE TABLE coverage_tests (
  id   INTEGER PRIMARY KEY,                  -- from 0
  name TEXT NOT NULL
) STRICT;

-- Which of them ran which lines, by path, for files that are there or not.
CREATE TABLE coverage_files (
  path TEXT NOT NULL PRIMARY KEY,
  hash BLOB NOT NULL,                        -- XXH3-128 of the content whose lines are counted: of another one nothing is said
  runs BLOB NOT NULL                         -- for each test: steps from the id before, count of ranges, and of each range the
                                             -- lines not run before it and its length; numbers in groups of 7 bits, lowest first
) STRICT, WITHOUT ROWID;

-- Problems met while reading a file, in order.
CREATE TABLE diagnostics (
  file     INTEGER NOT NULL REFERENCES files(id),
  position INTEGER NOT NULL,
  message  TEXT NOT NULL,
  PRIMARY KEY (file, position)
) STRICT, WITHOUT ROWID;

-- Files, symbols, and what lies outside the repository.
CREATE TABLE node (
  id         INTEGER PRIMARY KEY,
  kind       INTEGER NOT NULL REFERENCES node_kinds(number),
  file       INTEGER REFERENCES files(id),          -- NULL outside the repository
  parent     INTEGER REFERENCES node(id),           -- the scope that contains it: a symbol or the file
  scope      INTEGER REFERENCES strings(id),        -- what comes before the name inside the file, separator included
                                                    -- (`Config.`); outside the repository, in the qualified name
  name       INTEGER NOT NULL REFERENCES strings(id),
  ordinal    INTEGER NOT NULL,                      -- counts definitions with the same kind and name in the file, from 0
  line       INTEGER NOT NULL,                      -- first line, from 1; 0 outside the repository
  end_line   INTEGER NOT NULL,                      -- last line
  flags      INTEGER NOT NULL,                      -- 1 test, 2 public, 4 fixture, 8 abstract, 16 static, 32 async,
                                                    -- 64 declaration only, 128 constructor, 256 property, 512 set-up of
                                                    -- tests, 1024 scope is the whole name in the file (name
                                                    -- apart), 2048 code outside may run it though nothing here names it,
                                                    -- 4096 only under a condition: there may be alternatives, 8192 a class
                                                    -- whose tests are run for what it derives from
  complexity INTEGER NOT NULL                       -- branches plus one; 0 for what is no function
) STRICT;

-- References tied to definitions. `src` depends on `dst`. Containment is `node.parent`.
CREATE TABLE edge (
  dst        INTEGER NOT NULL REFERENCES node(id),
  kind       INTEGER NOT NULL REFERENCES edge_kinds(number),
  src        INTEGER NOT NULL REFERENCES node(id),
  line       INTEGER NOT NULL,                      -- of the evidence, in the file of `src`; 0 when there is none
  confidence INTEGER NOT NULL,                      -- in thousandths
  rule       INTEGER NOT NULL REFERENCES rules(number),
  PRIMARY KEY (dst, kind, src, line)
) STRICT, WITHOUT ROWID;

-- References that could not be tied to a definition.
CREATE TABLE unresolved (
  name INTEGER NOT NULL REFERENCES strings(id),
  src  INTEGER NOT NULL REFERENCES node(id),        -- the symbol it stands in
  line INTEGER NOT NULL,
  PRIMARY KEY (name, src, line)
) STRICT, WITHOUT ROWID;

-- What people wrote down in files of the project: decision records, decision notes in comments, entries of change logs.
-- What is not known is empty. The texts themselves are in the files.
CREATE TABLE records (
  id       INTEGER PRIMARY KEY,
  file     INTEGER NOT NULL REFERENCES files(id),
  form     INTEGER NOT NULL,                        -- 1 a decision record, which is a file; 2 a decision note in a comment;
                                                    -- 3 an entry of a change log
  line     INTEGER NOT NULL,                        -- first line; of a record that of its title
  end_line INTEGER NOT NULL,
  label    TEXT NOT NULL,                           -- of a record its series and number (`ADR-12`, `RFC-2119`), which other
                                                    -- records may have as well; of an entry the version it came in
  title    TEXT NOT NULL,                           -- of a note its first sentence, of an entry how it begins
  status   TEXT NOT NULL,                           -- of a record what became of it (`accepted`), in lower case; of an entry
                                                    -- the heading it stands under (`fixed`)
  date     TEXT NOT NULL,                           -- `2024-05-01`, as the text says
  people   TEXT NOT NULL                            -- who decided, with `, ` between them
) STRICT;

-- What records name, and what that means, when exactly one thing fits.
CREATE TABLE record_names (
  record   INTEGER NOT NULL REFERENCES records(id),
  position INTEGER NOT NULL,                        -- counts the names of a record, from 0
  said     INTEGER NOT NULL,                        -- 1 the decision is about it, 2 it is spoken of, 3 the decision takes its
                                                    -- place, 4 it takes the place of the decision
  form     INTEGER NOT NULL,                        -- 1 a path, 2 the name of a symbol, 3 a label, 4 the code that a comment
                                                    -- stands at
  name     TEXT NOT NULL,                           -- as it is written
  line     INTEGER NOT NULL,
  node     INTEGER REFERENCES node(id),             -- the file or symbol
  other    INTEGER REFERENCES records(id),          -- the record
  folder   TEXT,                                    -- the folder, without a slash at the end
  PRIMARY KEY (record, position)
) STRICT, WITHOUT ROWID;

-- Pull requests and issues of this project that records name, in `tickets` or not.
CREATE TABLE record_tickets (
  record INTEGER NOT NULL REFERENCES records(id),
  ticket INTEGER NOT NULL,                          -- the number, which is the id of a ticket whose tracker is `#`
  line   INTEGER NOT NULL,
  PRIMARY KEY (record, ticket)
) STRICT, WITHOUT ROWID;

-- Who CODEOWNERS says is asked about files, as written there: `@user`, `@org/team`, an address.
CREATE TABLE code_owners (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

-- Their files, by the last rule that matches.
CREATE TABLE owned (
  file  INTEGER NOT NULL REFERENCES files(id),
  owner INTEGER NOT NULL REFERENCES code_owners(id),
  line  INTEGER NOT NULL,                           -- of the rule; `meta` has the path of the file under `code_owners`
  PRIMARY KEY (file, owner)
) STRICT, WITHOUT ROWID;

-- What source files speak of: parts of identifiers (`load`), and with a leading `/` words of the path. A blob of the terms
-- in order, each as: class * 32 + bytes taken over from the term before, bytes that follow, those bytes. The class says
-- how much of the file the term is: about 3^(-class/2) of a vector of length 1; of a word of the path it says nothing.
CREATE TABLE file_terms (
  file  INTEGER PRIMARY KEY REFERENCES files(id),
  terms BLOB NOT NULL
) STRICT;

-- The index of `file_terms`, which says nothing more: the files that have a term, two bytes each in little-endian and rising order:
-- (id % 8192) * 8 + class. The term '' has every file of `file_terms`.
CREATE TABLE file_terms_idx (
  term  TEXT NOT NULL,
  chunk INTEGER NOT NULL,                           -- file id / 8192
  files BLOB NOT NULL,
  PRIMARY KEY (term, chunk)
) STRICT, WITHOUT ROWID;

-- Who wrote commits, after the mailmap.
CREATE TABLE people (
  id    INTEGER PRIMARY KEY,
  name  TEXT NOT NULL,
  email TEXT NOT NULL
) STRICT;

-- Commits reachable from the head.
CREATE TABLE commits (
  id       INTEGER PRIMARY KEY,
  hash     BLOB NOT NULL,                           -- 20 bytes
  time     INTEGER NOT NULL,                        -- committed, seconds since 1970
  position INTEGER NOT NULL,                        -- larger than that of every parent; the order of history
  author   INTEGER NOT NULL REFERENCES people(id),
  kind     INTEGER NOT NULL REFERENCES commit_kinds(number),
  is_fix   INTEGER NOT NULL,                        -- 1 when the message says that something was repaired
  subject  TEXT NOT NULL,                           -- first line of the message; the rest is in git
  n_source INTEGER NOT NULL,                        -- source files changed
  n_total  INTEGER NOT NULL,                        -- files changed; -1 when unknown (a merge, a shallow clone)
  pull     INTEGER REFERENCES tickets(id),          -- the pull request it came in with, as far as git knows
  pull_source INTEGER REFERENCES ticket_sources(number) -- where that was read: 1 message of the merge, 2 first line, 3 trailer,
                                                    -- 5 the merge that brought it, whatever it says itself
) STRICT;

-- Who else wrote a commit, by `Co-authored-by`, after the mailmap.
CREATE TABLE co_authors (
  commit_id INTEGER NOT NULL REFERENCES commits(id),
  person    INTEGER NOT NULL REFERENCES people(id),
  PRIMARY KEY (commit_id, person)
) STRICT, WITHOUT ROWID;

-- What stands before the numbers of pull requests and issues.
CREATE TABLE trackers (
  id   INTEGER PRIMARY KEY,                         -- 0 is `#`
  sign TEXT NOT NULL                                -- `#`; `!` for merge requests; `ABC-` of keys; `owner/name#` in another
                                                    -- project; `change/` and `I0123…` of Gerrit; `D` of Phabricator
) STRICT;

-- Pull requests and issues that messages of commits name. What only the tracker knows is not here.
CREATE TABLE tickets (
  id      INTEGER PRIMARY KEY,                      -- tracker * 2^32 + number: `#12` is 12
  kind    INTEGER NOT NULL REFERENCES node_kinds(number), -- a pull request, or an issue when no message calls it one
  said_by INTEGER REFERENCES commits(id),           -- the first commit that merged it by its own words; NULL without one
  title   TEXT                                      -- by said_by; NULL when it is the first line of that message
) STRICT;

-- What messages say of tickets besides that the commit came in with one (`commits.pull`).
CREATE TABLE mentions (
  ticket    INTEGER NOT NULL REFERENCES tickets(id),
  commit_id INTEGER NOT NULL REFERENCES commits(id),
  said      INTEGER NOT NULL,                       -- 2 closes, 3 mentions
  said_in   INTEGER NOT NULL REFERENCES ticket_sources(number), -- 2 first line, 3 trailer, 4 other lines of the message
  PRIMARY KEY (ticket, commit_id)
) STRICT, WITHOUT ROWID;

-- === What trackers say of pull requests and issues: over the network, or from an export file. It follows from no file and no
-- commit: a build from scratch takes it over. Obvious secrets in texts were replaced before they came here. ===

-- Pull requests and issues as their tracker knows them. What it says of a ticket counts more than `tickets`.
CREATE TABLE tracked_tickets (
  id      INTEGER PRIMARY KEY,                      -- as `tickets.id`
  kind    INTEGER NOT NULL REFERENCES node_kinds(number),
  source  INTEGER NOT NULL REFERENCES ticket_sources(number), -- 6 GitHub, 7 an export file
  state   INTEGER NOT NULL,                         -- 1 open, 2 closed, 3 merged
  title   TEXT NOT NULL,
  body    TEXT NOT NULL,
  author  INTEGER REFERENCES tracked_people(id),    -- NULL when the account was deleted
  created INTEGER,                                  -- seconds since 1970
  updated INTEGER,
  closed  INTEGER,                                  -- or merged
  url     TEXT
) STRICT;

-- Accounts of the tracker.
CREATE TABLE tracked_people (
  id    INTEGER PRIMARY KEY,
  login TEXT NOT NULL                               -- of programs with `[bot]` at the end
) STRICT;

-- Addresses that accounts commit with; by these they are people of the history.
CREATE TABLE tracked_addresses (
  person INTEGER NOT NULL REFERENCES tracked_people(id),
  email  TEXT NOT NULL,
  PRIMARY KEY (person, email)
) STRICT, WITHOUT ROWID;

-- Comments and reviews.
CREATE TABLE tracked_remarks (
  id      INTEGER PRIMARY KEY,
  ticket  INTEGER NOT NULL REFERENCES tracked_tickets(id),
  kind    INTEGER NOT NULL REFERENCES remark_kinds(number),
  author  INTEGER REFERENCES tracked_people(id),    -- NULL when the account was deleted
  time    INTEGER,                                  -- seconds since 1970
  body    TEXT NOT NULL,
  url     TEXT,
  path    TEXT,                                     -- what it speaks of, by its name at the time
  line    INTEGER,                                  -- from 1, in the file as it was then
  code    TEXT,                                     -- the text of that line
  verdict TEXT                                      -- of a review, in the words of the tracker: `approved`
) STRICT;

-- Commits of pull requests. They need not be in the history.
CREATE TABLE tracked_commits (
  hash   BLOB NOT NULL,                             -- 20 bytes
  ticket INTEGER NOT NULL REFERENCES tracked_tickets(id),
  role   INTEGER NOT NULL,                          -- 1 brought it into its base, 2 one of those that were pushed
  PRIMARY KEY (hash, ticket)
) STRICT, WITHOUT ROWID;

-- Files that pull requests change, by their names at the time.
CREATE TABLE tracked_files (
  ticket INTEGER NOT NULL REFERENCES tracked_tickets(id),
  path   TEXT NOT NULL,
  PRIMARY KEY (ticket, path)
) STRICT, WITHOUT ROWID;

-- Labels.
CREATE TABLE tracked_labels (
  ticket INTEGER NOT NULL REFERENCES tracked_tickets(id),
  label  TEXT NOT NULL,
  PRIMARY KEY (ticket, label)
) STRICT, WITHOUT ROWID;

-- What tickets say of tickets, which need not be known otherwise. `told_by` is the ticket whose row it is.
CREATE TABLE tracked_links (
  told_by INTEGER NOT NULL REFERENCES tracked_tickets(id),
  src     INTEGER NOT NULL,                         -- as `tickets.id`
  dst     INTEGER NOT NULL,
  said    INTEGER NOT NULL,                         -- 2 closes, 3 mentions
  said_in INTEGER NOT NULL REFERENCES ticket_sources(number), -- 2 title, 4 body, 6 GitHub, 7 an export file, 8 comment or review
  PRIMARY KEY (told_by, src, dst)
) STRICT, WITHOUT ROWID;

-- How far the reading of a list has come; the next reading goes on from there.
CREATE TABLE tracked_lists (
  list        TEXT NOT NULL PRIMARY KEY,            -- `pull_requests`, `issues`, `export`
  origin      TEXT NOT NULL,                        -- `https://github.com/owner/name`, or the file
  cursor      TEXT,                                 -- opaque; the tracker gave it
  is_complete INTEGER NOT NULL,                     -- 0 when there is more
  read_at     INTEGER NOT NULL,                     -- seconds since 1970
  left_out    INTEGER NOT NULL                      -- what the tracker could not give
) STRICT, WITHOUT ROWID;

-- Parts of tickets that are still to be read.
CREATE TABLE tracked_rest (
  ticket INTEGER NOT NULL REFERENCES tracked_tickets(id),
  part   TEXT NOT NULL,                             -- `files`, `comments` …
  node   TEXT NOT NULL,                             -- of what, as the tracker names it
  cursor TEXT NOT NULL,
  PRIMARY KEY (ticket, part, node)
) STRICT, WITHOUT ROWID;

-- What people made of what was told or offered to them, in the order in which it came. It follows from no file and no commit: a
-- build from scratch takes it over. Obvious secrets in texts were replaced before they came here.
CREATE TABLE feedback (
  id      INTEGER PRIMARY KEY,
  time    INTEGER NOT NULL,                         -- seconds since 1970
  verdict INTEGER NOT NULL,                         -- 1 accepted, 2 rejected, 3 failed, 4 silenced
  about   TEXT NOT NULL UNIQUE,                     -- a session, or the id of a finding
  kind    TEXT NOT NULL,                            -- the command, or the kind of the finding
  path    TEXT NOT NULL,                            -- the file, or the first of several
  text    TEXT NOT NULL,                            -- what the change is to do, why it failed, or what the finding says
  diff    TEXT NOT NULL                             -- of a change; else empty
) STRICT;

-- What broke and was repaired by `arc heal`, in the order in which it came. It follows from no file and no commit: a build from
-- scratch takes it over. Obvious secrets in texts were replaced before they came here.
CREATE TABLE incidents (
  id        INTEGER PRIMARY KEY,
  time      INTEGER NOT NULL,                       -- seconds since 1970
  about     TEXT NOT NULL UNIQUE,                   -- the session, `:`, and the file
  path      TEXT NOT NULL,                          -- as the file was called then
  line      INTEGER NOT NULL,                       -- that was repaired
  symbol    TEXT NOT NULL,                          -- around that line, by its name in the file; empty for none
  class     TEXT NOT NULL,                          -- of the fault: `syntax`, `import` …
  message   TEXT NOT NULL,                          -- what was said of it
  rule      TEXT NOT NULL,                          -- that repaired it
  text      TEXT NOT NULL,                          -- why that is a repair
  diff      TEXT NOT NULL,
  is_undone INTEGER NOT NULL                        -- 1 when the repair was taken back
) STRICT;

-- Every path the history knows.
CREATE TABLE paths (
  id      INTEGER PRIMARY KEY,
  path    TEXT NOT NULL,
  commits INTEGER NOT NULL,                         -- that changed the file of this name, as `commit_files` has them
  newest  INTEGER REFERENCES commits(id)            -- of them; NULL without any
) STRICT;

-- What a commit did to a file. The path is the file's name at the head, renames followed.
CREATE TABLE commit_files (
  path      INTEGER NOT NULL REFERENCES paths(id),
  commit_id INTEGER NOT NULL REFERENCES commits(id),
  status    INTEGER NOT NULL,                       -- 1 added, 2 modified, 3 deleted, 4 renamed, 5 in a merge: the
                                                    -- content is that of no parent
  added     INTEGER,                                -- lines; NULL when not counted
  deleted   INTEGER,
  before    BLOB,                                   -- the id in git of the content that was there, and of what the commit left:
  content   BLOB,                                   -- 20 bytes; NULL where there was or is none, of links, of what was before
                                                    -- a merge, and where a commit changed several files that have this name now
  PRIMARY KEY (path, commit_id)
) STRICT, WITHOUT ROWID;

-- Renames met on the way: before `commit_id` the file `new` was called `old`.
CREATE TABLE renames (
  commit_id INTEGER NOT NULL REFERENCES commits(id),
  old       INTEGER NOT NULL REFERENCES paths(id),
  new       INTEGER NOT NULL REFERENCES paths(id),
  PRIMARY KEY (commit_id, old, new)
) STRICT, WITHOUT ROWID;

-- What the normal commits of a file say of it. Weights decay forward: compare them, never read one alone.
CREATE TABLE file_stats (
  path       INTEGER PRIMARY KEY REFERENCES paths(id),
  revisions  INTEGER NOT NULL,
  weight     INTEGER NOT NULL,                      -- sum over its commits, decayed, of 1/(n-1)
  fixes      INTEGER NOT NULL,
  first_time INTEGER NOT NULL,                      -- seconds since 1970
  last_time  INTEGER NOT NULL,
  authors    INTEGER NOT NULL,                      -- people
  top_share  INTEGER NOT NULL                       -- of the person with most revisions, in thousandths
) STRICT;

-- Files that changed in the same commits; stored once, with the smaller path (by bytes) as `a`.
CREATE TABLE co_change (
  a      INTEGER NOT NULL REFERENCES paths(id),
  b      INTEGER NOT NULL REFERENCES paths(id),
  weight INTEGER NOT NULL,                          -- sum over shared commits, decayed, of 1/(n-1)
  count  INTEGER NOT NULL,                          -- shared commits
  last   INTEGER NOT NULL REFERENCES commits(id),   -- the newest of them
  PRIMARY KEY (a, b)
) STRICT, WITHOUT ROWID;

-- Full text: words of names (split at case and underscores) with those of their qualified names, of documentation, of
-- commit messages, and of records. The rowid is the id of the node, commit or record; the texts themselves are not kept here.
CREATE VIRTUAL TABLE name_fts USING fts5(text, content='', contentless_delete=1, detail=none);
CREATE VIRTUAL TABLE doc_fts USING fts5(text, content='', contentless_delete=1, detail=none);
CREATE VIRTUAL TABLE message_fts USING fts5(text, content='', contentless_delete=1, detail=none);
CREATE VIRTUAL TABLE record_fts USING fts5(text, content='', contentless_delete=1, detail=none);

-- The same of tracked tickets (title, labels, body) and of what was written below them. The rowid is the id of the ticket or
-- remark.
CREATE VIRTUAL TABLE ticket_fts USING fts5(text, content='', contentless_delete=1, detail=none);
CREATE VIRTUAL TABLE remark_fts USING fts5(text, content='', contentless_delete=1, detail=none);

-- The nodes of accounts: the person of the history that has one of their addresses, else one of their own.
CREATE VIEW tracked_person_nodes AS
SELECT tracked_people.id AS id,
       (SELECT -4 * people.id - 2 FROM tracked_addresses JOIN people ON people.email = tracked_addresses.email
        WHERE tracked_addresses.person = tracked_people.id ORDER BY people.email, people.name LIMIT 1) AS known,
       -4 * (tracked_people.id + 4294967296) - 2 AS own,
       tracked_people.login AS login
FROM tracked_people;

-- The graph for readers: every file, symbol and outside name, and with negative ids commits, pull requests, issues, people,
-- decisions, entries of change logs (`change`), and what broke and was repaired (`incident`, `fix`). The qualified name of a commit is its hash, that of a ticket what people
-- write (`#12`), that of a person the address or, where only a tracker knows them, `@` and the account, that of a decision its
-- label and that of a change its version, or where it stands.
CREATE VIEW nodes AS
SELECT node.id AS id,
       node_kinds.name AS kind,
       own.text AS name,
       CASE WHEN node.kind = 1 THEN CASE files.module WHEN '' THEN files.path ELSE files.module END
            ELSE CASE coalesce(files.module, '') WHEN '' THEN '' ELSE files.module || files.separator END
                 || coalesce(scope.text, '') || CASE node.flags & 1024 WHEN 0 THEN own.text ELSE '' END
       END AS qualified_name,
       files.path AS path,
       node.line AS line,
       node.end_line AS end_line,
       NULL AS number
FROM node
JOIN node_kinds ON node_kinds.number = node.kind
JOIN strings AS own ON own.id = node.name
LEFT JOIN strings AS scope ON scope.id = node.scope
LEFT JOIN files ON files.id = node.file
UNION ALL
SELECT -4 * commits.id, 'commit', commits.subject, lower(hex(commits.hash)), NULL, NULL, NULL, NULL
FROM commits
UNION ALL
SELECT -4 * tickets.id - 1, node_kinds.name,
       coalesce(tracked_tickets.title, tickets.title, replace(commits.subject, ' (' || trackers.sign || (tickets.id & 0xffffffff) || ')', ''),
                trackers.sign || (tickets.id & 0xffffffff)),
       trackers.sign || (tickets.id & 0xffffffff), NULL, NULL, NULL, tickets.id & 0xffffffff
FROM tickets
JOIN trackers ON trackers.id = tickets.id >> 32
LEFT JOIN tracked_tickets ON tracked_tickets.id = tickets.id
JOIN node_kinds ON node_kinds.number = coalesce(tracked_tickets.kind, tickets.kind)
LEFT JOIN commits ON commits.id = tickets.said_by
UNION ALL
SELECT -4 * told.id - 1, node_kinds.name, coalesce(told.title, trackers.sign || (told.id & 0xffffffff)),
       trackers.sign || (told.id & 0xffffffff), NULL, NULL, NULL, told.id & 0xffffffff
FROM (SELECT id, kind, title FROM tracked_tickets
      UNION ALL
      SELECT id, 24, NULL FROM (SELECT src AS id FROM tracked_links UNION SELECT dst FROM tracked_links)
      WHERE id NOT IN (SELECT id FROM tracked_tickets)) AS told
JOIN trackers ON trackers.id = told.id >> 32
JOIN node_kinds ON node_kinds.number = told.kind
WHERE told.id NOT IN (SELECT id FROM tickets)
UNION ALL
SELECT -4 * people.id - 2, 'person', people.name, people.email, NULL, NULL, NULL, NULL
FROM people
UNION ALL
SELECT own, 'person', login, '@' || login, NULL, NULL, NULL, NULL
FROM tracked_person_nodes
WHERE known IS NULL
UNION ALL
SELECT -8 * records.id - 3, CASE records.form WHEN 3 THEN 'change' ELSE 'decision' END, records.title,
       CASE records.label WHEN '' THEN files.path || ':' || records.line ELSE records.label END,
       files.path, records.line, records.end_line, NULL
FROM records
JOIN files ON files.id = records.file
UNION ALL
SELECT -8 * id - 7, 'person', name, name, NULL, NULL, NULL, NULL
FROM code_owners
UNION ALL
SELECT -8 * (id + 4294967296) - 3, 'incident', message, about, path, line, line, NULL
FROM incidents
UNION ALL
SELECT -8 * (id + 4294967296) - 7, 'fix', text, rule || ' ' || about, path, line, line, NULL
FROM incidents;

-- The graph for readers: `src` depends on `dst`; `path` and `line` are the evidence. Containment has the parent as `src`.
-- A commit `merges` the pull request it came in with, `closes` and `mentions` tickets, as tickets do; a pull request `modifies`
-- files; a person `authored` commits and tickets, `reviewed` pull requests and `owns` files; a decision `decides` and `mentions` files, symbols
-- and decisions, and `supersedes` decisions; an incident `broke` a symbol or file and is `fixed_by` a fix unless that was taken back; changes and decisions `mention` tickets. The rule says where or how that was read.
CREATE VIEW edges AS
SELECT edge.src AS src,
       edge.dst AS dst,
       edge_kinds.name AS kind,
       edge.confidence / 1000.0 AS confidence,
       files.path AS path,
       edge.line AS line,
       rules.name AS rule
FROM edge
JOIN edge_kinds ON edge_kinds.number = edge.kind
JOIN rules ON rules.number = edge.rule
JOIN node ON node.id = edge.src
LEFT JOIN files ON files.id = node.file
UNION ALL
SELECT node.parent, node.id, 'contains', 1.0, files.path, node.line, 'syntax'
FROM node
JOIN files ON files.id = node.file
WHERE node.parent IS NOT NULL
UNION ALL
SELECT -4 * commits.id, -4 * pull - 1, CASE tracked_tickets.kind WHEN 24 THEN 'mentions' ELSE 'merges' END,
       CASE pull_source WHEN 2 THEN 0.95 WHEN 5 THEN 0.95 ELSE 1.0 END, NULL, 0,
       CASE pull_source WHEN 1 THEN 'merge' WHEN 2 THEN 'subject' WHEN 3 THEN 'trailer' ELSE 'branch' END
FROM commits
LEFT JOIN tracked_tickets ON tracked_tickets.id = pull
WHERE pull IS NOT NULL
UNION ALL
SELECT -4 * commit_id, -4 * ticket - 1, CASE said WHEN 2 THEN 'closes' ELSE 'mentions' END, 1.0, NULL, 0,
       CASE said_in WHEN 2 THEN 'subject' WHEN 3 THEN 'trailer' ELSE 'body' END
FROM mentions
UNION ALL
SELECT -4 * author - 2, -4 * id, 'authored', 1.0, NULL, 0, 'commit'
FROM commits
UNION ALL
SELECT -4 * person - 2, -4 * commit_id, 'authored', 1.0, NULL, 0, 'trailer'
FROM co_authors
UNION ALL
SELECT -4 * commits.id, -4 * ticket - 1, 'merges', CASE role WHEN 1 THEN 1.0 ELSE 0.95 END, NULL, 0,
       CASE tracked_tickets.source WHEN 6 THEN 'github' ELSE 'export' END
FROM tracked_commits
JOIN tracked_tickets ON tracked_tickets.id = ticket
JOIN commits ON commits.hash = tracked_commits.hash
LEFT JOIN tracked_tickets AS told ON told.id = commits.pull
WHERE tracked_tickets.state = 3 AND commits.pull IS NOT ticket AND (role = 1 OR commits.pull IS NULL OR told.kind = 24)
UNION ALL
SELECT -4 * ticket - 1, files.id, 'modifies', 1.0, files.path, 0, CASE tracked_tickets.source WHEN 6 THEN 'github' ELSE 'export' END
FROM tracked_files
JOIN tracked_tickets ON tracked_tickets.id = ticket
JOIN files ON files.path = tracked_files.path
UNION ALL
SELECT DISTINCT -4 * src - 1, -4 * dst - 1, CASE said WHEN 2 THEN 'closes' ELSE 'mentions' END, 1.0, NULL, 0,
       CASE said_in WHEN 2 THEN 'subject' WHEN 4 THEN 'body' WHEN 6 THEN 'github' WHEN 7 THEN 'export' ELSE 'remark' END
FROM tracked_links
UNION ALL
SELECT coalesce(known, own), -4 * tracked_tickets.id - 1, 'authored', 1.0, NULL, 0,
       CASE tracked_tickets.source WHEN 6 THEN 'github' ELSE 'export' END
FROM tracked_tickets
JOIN tracked_person_nodes ON tracked_person_nodes.id = author
UNION ALL
SELECT DISTINCT coalesce(known, own), -4 * ticket - 1, 'reviewed', 1.0, NULL, 0,
       CASE tracked_tickets.source WHEN 6 THEN 'github' ELSE 'export' END
FROM tracked_remarks
JOIN tracked_tickets ON tracked_tickets.id = ticket
JOIN tracked_person_nodes ON tracked_person_nodes.id = tracked_remarks.author
WHERE tracked_remarks.kind <> 1 AND tracked_remarks.author IS NOT tracked_tickets.author
UNION ALL
SELECT records.file, -8 * records.id - 3, 'contains', 1.0, files.path, records.line, 'syntax'
FROM records
JOIN files ON files.id = records.file
UNION ALL
SELECT CASE named.said WHEN 4 THEN -8 * named.other - 3 ELSE -8 * named.record - 3 END,
       CASE named.said WHEN 4 THEN -8 * named.record - 3 ELSE coalesce(named.node, -8 * named.other - 3) END,
       CASE named.said WHEN 1 THEN 'decides' WHEN 2 THEN 'mentions' ELSE 'supersedes' END,
       CASE named.form WHEN 2 THEN 0.8 WHEN 3 THEN 0.95 ELSE 1.0 END, files.path, named.line,
       CASE named.form WHEN 1 THEN 'path' WHEN 2 THEN 'unique_name' WHEN 3 THEN 'label' ELSE 'place' END
FROM record_names AS named
JOIN records ON records.id = named.record
JOIN files ON files.id = records.file
WHERE named.other IS NOT NULL OR named.node IS NOT NULL AND named.said < 3
UNION ALL
SELECT -8 * record_tickets.record - 3, -4 * ticket - 1, 'mentions', 0.95, files.path, record_tickets.line, 'number'
FROM record_tickets
JOIN records ON records.id = record_tickets.record
JOIN files ON files.id = records.file
WHERE ticket IN (SELECT id FROM tickets) OR ticket IN (SELECT id FROM tracked_tickets)
UNION ALL
SELECT -8 * owner - 7, file, 'owns', 1.0, (SELECT value FROM meta WHERE key = 'code_owners'), line, 'code_owners'
FROM owned
UNION ALL
SELECT -8 * (incidents.id + 4294967296) - 3,
       coalesce((SELECT node.id FROM node JOIN strings AS own ON own.id = node.name LEFT JOIN strings AS scope ON scope.id = node.scope
                 WHERE node.file = files.id AND node.kind IN (2, 3, 4, 5, 7, 8)
                       AND coalesce(scope.text, '') || CASE node.flags & 1024 WHEN 0 THEN own.text ELSE '' END = incidents.symbol
                 ORDER BY node.ordinal, node.line LIMIT 1), files.id),
       'broke', 1.0, files.path, incidents.line, 'heal'
FROM incidents
JOIN files ON files.path = incidents.path
UNION ALL
SELECT -8 * (id + 4294967296) - 3, -8 * (id + 4294967296) - 7, 'fixed_by', 1.0, path, line, 'heal'
FROM incidents
WHERE is_undone = 0;

-- === Indexes. A full build makes them last. ===

CREATE UNIQUE INDEX strings_text ON strings(text);
CREATE UNIQUE INDEX files_path ON files(path);
CREATE INDEX files_module ON files(module);
CREATE INDEX node_file ON node(file) WHERE file IS NOT NULL;
CREATE INDEX node_parent ON node(parent) WHERE parent IS NOT NULL;
CREATE INDEX node_name ON node(name);
CREATE INDEX edge_forward ON edge(src, kind, dst, line);
CREATE INDEX unresolved_src ON unresolved(src);
CREATE UNIQUE INDEX commits_hash ON commits(hash);
CREATE UNIQUE INDEX people_identity ON people(email, name);
CREATE UNIQUE INDEX paths_path ON paths(path);
CREATE INDEX commit_files_commit ON commit_files(commit_id);
CREATE INDEX co_change_b ON co_change(b);
-- The ids that commits, tickets and people have in the views: who asks those for one row or one end reads no other.
CREATE UNIQUE INDEX commits_node ON commits(-4 * id);
CREATE INDEX commits_pull ON commits(-4 * pull - 1) WHERE pull IS NOT NULL;
CREATE INDEX commits_author ON commits(-4 * author - 2);
CREATE UNIQUE INDEX tickets_node ON tickets(-4 * id - 1);
CREATE UNIQUE INDEX people_node ON people(-4 * id - 2);
CREATE INDEX mentions_node ON mentions(-4 * commit_id);
CREATE INDEX mentions_ticket ON mentions(-4 * ticket - 1);
CREATE INDEX co_authors_node ON co_authors(-4 * commit_id);
CREATE INDEX co_authors_person ON co_authors(-4 * person - 2);
CREATE UNIQUE INDEX code_owners_node ON code_owners(-8 * id - 7);
CREATE INDEX owned_owner ON owned(-8 * owner - 7);
CREATE UNIQUE INDEX records_node ON records(-8 * id - 3);
CREATE INDEX records_file ON records(file);
CREATE INDEX records_label ON records(label);
CREATE INDEX record_names_node ON record_names(node) WHERE node IS NOT NULL;
CREATE INDEX record_tickets_ticket ON record_tickets(ticket);
CREATE INDEX coverage_tests_name ON coverage_tests(name);
CREATE UNIQUE INDEX tracked_people_login ON tracked_people(login);
CREATE INDEX tracked_remarks_ticket ON tracked_remarks(ticket);
CREATE INDEX tracked_commits_ticket ON tracked_commits(ticket);
CREATE INDEX tracked_files_path ON tracked_files(path);
CREATE UNIQUE INDEX incidents_node ON incidents(-8 * (id + 4294967296) - 3);
CREATE UNIQUE INDEX incidents_fix ON incidents(-8 * (id + 4294967296) - 7);
CREATE INDEX incidents_path ON incidents(path);
