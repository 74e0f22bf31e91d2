//! One opened repository: build and update its graph, and ask it.
//!
//! The façade ties the engines together: it walks the tree, has files extracted and references resolved, and hands rows to
//! the store. It knows no language and no SQL.

mod as_of;
mod ask;
mod build;
mod cached_facts;
mod change_report;
mod change_risk;
mod changes;
mod check;
mod classify;
mod commit_report;
mod context;
mod context_report;
mod conventions;
mod coverage;
mod dates;
mod declarations;
mod doctor;
mod dot;
mod durations;
mod eval;
mod evolution;
mod exact;
mod exact_edges;
mod export;
mod feedback;
mod folder;
mod glance;
mod graph_rows;
mod graphml;
mod history;
mod hotspots;
mod incidents;
mod kindred;
mod lead;
mod link_ends;
mod nearest;
mod neighborhood;
mod other_texts;
mod overview;
mod owners;
mod owners_report;
mod pack;
mod parquet_export;
mod passing_folder;
mod patch;
mod people;
mod progress;
mod pull;
mod query;
mod reach_risk;
mod read_file;
mod reading;
mod records;
mod redact;
mod remembered;
mod replayed;
mod report;
mod root;
mod rules;
mod run_ids;
mod runner;
mod scip_export;
mod scip_merge;
mod scip_names;
mod seeds;
mod select;
mod settings;
mod signals;
mod slice;
mod slice_trail;
mod snapshot;
mod sql_report;
mod stamp;
mod style;
mod style_limit;
mod style_quotes;
mod target;
mod tickets;
mod touches;
mod tracked;
mod trial;
mod update;
mod view;
mod walk;
mod watched;
mod whole_file;
mod why;
mod words;
mod xml;

// The façade answers in the engines' own words.
pub use arc_extract::{ChangeKind, Definition, Reading, SyntaxTree, detect, is_measured};
pub use arc_history::{GitHubError, Token, unified_diff};
pub use arc_impact::{
    Impact, ImpactOptions, Impacted, Question, Risk, RiskFactor, RiskLevel, Unit,
};
pub use arc_store::{
    FeedbackRow, FeedbackVerdict, GraphFile, Identity, Memory, SqlError, SqlLimits, StoreError,
    WrittenRecord, read_sql,
};
pub use arc_trail::Quote;
pub use as_of::{AsOfError, PastGraph, PastTree, graph_as_of, tree_as_of};
pub use ask::{
    AskError, ImpactAnswer, Related, SearchOptions, ask_impact, ask_related, ask_search, differing,
};
pub use build::{
    BuildError, BuildMode, BuildOptions, BuildSummary, build, build_apart, default_graph_path,
};
pub use change_risk::change_risk;
pub use changes::{
    Broken, Change, Changes, DiffEdge, DiffEnd, FileTexts, Given, GraphDiff, GraphDiffReport,
    Revision, Verdict, ask_diff, commit_changes, diff_changes, patch_changes,
};
pub use check::{CheckReport, Problem, check_changes, check_files, mark_unwritten};
pub use classify::is_made;
pub use commit_report::{CommitAnswer, ask_commit};
pub use context::{ContextAnswer, ContextOptions, Excerpt, LastTouch, ask_context};
pub use context_report::ContextReport;
pub use conventions::Convention;
pub use coverage::{CoverageError, CoverageReport, CoverageUsed, coverage_made, import_coverage};
pub use dates::{day_of, time_of_day, time_text};
pub use doctor::{Check, CheckState, examine};
pub use durations::{Durations, DurationsError};
pub use eval::{
    BinReport, CalibrationReport, EvalError, EvalOptions, EvalReport, GainReport, GroupReport,
    RankerReport, SplitReport, evaluate,
};
pub use evolution::{
    EventKind, HistoryAnswer, HistoryOptions, HistoryReport, HistorySummary, Looked, NamedPlace,
    Parameter, PastParameters, Successor, SuccessorStep, Takes, ToldEvent, ask_history,
    ask_parameters, ask_renamed_file, ask_successors,
};
pub use export::{ExportError, ExportFormat, ExportOptions, export};
pub use feedback::{
    Feedback, Standing, ask_feedback, forget_feedback, record_feedback, reject_feedback,
};
pub use history::HistoryOption;
pub use hotspots::{Hotspot, HotspotOptions, ask_hotspots, hottest_files, repairs_of};
pub use incidents::{Incident, record_incidents, told_incidents, undo_incidents};
pub use nearest::{Nearest, nearest_names};
pub use neighborhood::NeighborhoodReport;
pub use overview::{MapReport, OverviewReport, code_map, overview};
pub use owners::{Owner, OwnersAnswer, OwnersOptions, ask_owners, owners_of_files};
pub use owners_report::{HotspotsReport, OwnersReport};
pub use pack::{About, PackError, pack, unpack};
pub use patch::{PatchHunk, PatchedFile, is_patch, read_patch, rewriting};
pub use progress::{Progress, Silent, Stage};
pub use pull::{PullError, PullRange, find_pull};
pub use query::{FoundRow, QueryOptions, ask_query};
pub use reach_risk::{ReachRisk, reach_risk};
pub use read_file::{source_bytes, source_text};
pub use redact::redact;
pub use report::{ImpactReport, QueryReport, RelateReport, TestsReport, direction_name};
pub use root::find_root;
pub use runner::{Runner, is_named_by_line, run_id};
pub use scip_export::{ScipSummary, export_scip};
pub use scip_merge::{ScipOption, ScipReport};
pub use seeds::{Seeds, ask_impact_of};
pub use select::{SelectedTest, Selection, select_tests};
pub use slice::{Slice, SliceDefinition, SliceIncident, SlicePart, SliceRole, ask_slice};
pub use slice_trail::SliceReason;
pub use snapshot::SnapshotError;
pub use sql_report::SqlReport;
pub use style::{StyleBreach, style_breaches};
pub use target::{Target, find_all, find_path, find_target, find_targets, spelled, stable_id};
pub use tickets::{
    BadLine, GitHubPlace, GitHubReading, GitHubReport, PlaceError, PullsReport, TicketsError,
    find_github, forget_tickets, import_pulls, read_github,
};
pub use trial::{Trial, TrialError, Tried};
pub use walk::project_files;
pub use watched::{is_telling, watched_folders};
pub use whole_file::{keep_out_of_git, replace_file};
pub use why::{
    DecisionTie, ToldDecision, ToldStep, ToldTicket, WhyAnswer, WhyError, WhyOptions, WhyReport,
    ask_why, line_ranges,
};
