//! The tools as plain requests: `POST /api/v1/tools/NAME` with the arguments as JSON.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Shared;
use crate::answer::Reply;
use crate::definitions::{DefinitionFormat, definitions};
use crate::failure::CallError;
use crate::repository::Repository;

/// `GET /api/v1/tools`.
pub(super) async fn list() -> Json<Value> {
    Json(json!({ "tools": definitions(DefinitionFormat::Mcp) }))
}

/// `GET /api/v1/standing`.
pub(super) async fn standing(State(shared): State<Arc<Shared>>) -> Response {
    let permit = Arc::clone(&shared.glancing).acquire_owned().await;
    let repository = Arc::clone(&shared.repository);
    let glance = shared.repository.workers().run(move || {
        let _permit = permit;
        repository.at_a_glance()
    });
    match glance.await {
        Some(glance) => Json(glance).into_response(),
        None => failed_inside(),
    }
}

/// `POST /api/v1/tools/NAME`.
pub(super) async fn call(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    ask(&shared, body, move |repository, arguments| {
        repository.call(&name, arguments)
    })
    .await
}

/// `POST /api/v1/views/NAME`.
pub(super) async fn view(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    ask(&shared, body, move |repository, arguments| {
        repository.view(&name, arguments)
    })
    .await
}

async fn ask(
    shared: &Arc<Shared>,
    body: Result<Bytes, BytesRejection>,
    run: impl FnOnce(&Repository, Value) -> Result<Reply, CallError> + Send + 'static,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(error) => return problem(error.status(), "bad_request", &error.body_text()),
    };
    let arguments = if body.trim_ascii().is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_slice(&body)
    };
    let arguments = match arguments {
        Ok(arguments) => arguments,
        Err(error) => {
            let why = format!("the body is no JSON: {error}");
            return problem(StatusCode::BAD_REQUEST, "bad_request", &why);
        }
    };
    let permit = Arc::clone(&shared.running).acquire_owned().await;
    let repository = Arc::clone(&shared.repository);
    let task = shared.repository.workers().run(move || {
        let _permit = permit;
        run(&repository, arguments)
    });
    match task.await {
        Some(Ok(reply)) if reply.is_text => (
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
            reply.text,
        )
            .into_response(),
        Some(Ok(reply)) => {
            ([(header::CONTENT_TYPE, "application/json")], reply.text).into_response()
        }
        Some(Err(error)) => (status_of(&error), Json(error.to_json())).into_response(),
        None => failed_inside(),
    }
}

fn failed_inside() -> Response {
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "the call failed inside; the server goes on",
    )
}

fn status_of(error: &CallError) -> StatusCode {
    match error {
        CallError::UnknownTool { .. } => StatusCode::NOT_FOUND,
        CallError::Arguments(_) => StatusCode::BAD_REQUEST,
        CallError::Negative {
            code: "ambiguous", ..
        } => StatusCode::CONFLICT,
        CallError::Negative { .. } => StatusCode::NOT_FOUND,
        CallError::NoGraph { .. } | CallError::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// For paths that lead nowhere.
pub(super) async fn nothing_there() -> Response {
    let why = "there are /mcp, /api/v1/tools/NAME, /api/v1/openapi.json and /";
    problem(StatusCode::NOT_FOUND, "not_found", why)
}

/// For methods that a path does not have.
pub(super) async fn wrong_method() -> Response {
    let why = "this path takes another method: tools are called with POST";
    problem(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", why)
}

/// An error in the shape that errors of tools have.
pub(super) fn problem(status: StatusCode, code: &str, why: &str) -> Response {
    let error = json!({"error": {"code": code, "message": why}});
    (status, Json(error)).into_response()
}
