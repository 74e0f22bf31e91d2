//! Servers by what they speak.

mod anthropic;
mod assembly;
mod events;
mod openai;
mod responses;

use serde_json::Value;

use super::recording::{Recorder, Replay};
use super::{ChatModel, ChatRequest, ModelError, ModelSettings, Provider};

/// Opens what the settings name. Nothing is sent yet.
///
/// # Errors
/// When the address or the key cannot be used.
pub fn open_model(settings: &ModelSettings) -> Result<Box<dyn ChatModel>, ModelError> {
    let model: Box<dyn ChatModel> = match &settings.provider {
        Provider::Anthropic => Box::new(anthropic::Anthropic::new(settings)?),
        Provider::OpenAi => Box::new(openai::OpenAi::new(settings)?),
        Provider::OpenAiResponses => Box::new(responses::Responses::new(settings)?),
        Provider::Replay(file) => Box::new(Replay::new(file.clone(), settings.name.clone())),
    };
    Ok(match &settings.record {
        Some(file) => Box::new(Recorder::new(model, file.clone())),
        None => model,
    })
}

/// The first request as it would be sent, headers left out; without settings as OpenAI would get it.
///
/// # Errors
/// When the address or the key cannot be used.
pub fn shown_prompt(
    settings: Option<&ModelSettings>,
    request: &ChatRequest,
) -> Result<Value, ModelError> {
    match settings {
        Some(settings) => Ok(open_model(settings)?.body(request)),
        None => {
            let none = ModelSettings::unset();
            Ok(open_model(&none)?.body(request))
        }
    }
}
