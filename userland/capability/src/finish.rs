//! results, and the text arguments of a job.

use crate::capability::{CapabilityError, Output};
use llm_os_schema::Action;
use llm_os_schema::limits::LISTED_MAX;
use llm_os_schema::result::{Status, StepResult};

/// it is done.
pub(crate) fn done(
    summary: impl Into<String>,
    origin: impl Into<String>,
    output: &dyn Output,
) -> StepResult {
    StepResult {
        status: Status::Done,
        summary: summary.into(),
        origin: origin.into(),
        cut: output.was_cut(),
        exit_code: None,
        names: Vec::new(),
    }
}

/// with the names that were listed, as many as are told.
pub(crate) fn listing(mut result: StepResult, names: impl Iterator<Item = String>) -> StepResult {
    result.names = names.take(LISTED_MAX).collect();
    result
}

/// the text argument `key`.
pub(crate) fn text<'a>(action: &'a Action, key: &str) -> Result<&'a str, CapabilityError> {
    action
        .text(key)
        .ok_or_else(|| CapabilityError::new(format!("`{}` needs `{key}`", action.kind)))
}

/// the number argument `key`, if it is there.
pub(crate) fn number(action: &Action, key: &str) -> Option<u64> {
    action.args.get(key).and_then(serde_json::Value::as_u64)
}

/// whether the flag `key` is set.
pub(crate) fn flag(action: &Action, key: &str) -> bool {
    action
        .args
        .get(key)
        .and_then(serde_json::Value::as_bool)
        .unwrap_or(false)
}
