//! what units are told of the settings: variables of their environment.

use llm_os_wire::settings::Settings;

/// the value of a variable; `None`: the owner set nothing of the kind. which names there are is
/// checked when `units.toml` is compiled.
pub fn value(name: &str, settings: &Settings) -> Option<String> {
    let endpoint = settings.endpoint.as_ref();
    match name {
        "LLM_OS_MODEL_IDLE_S" => Some(settings.model_idle_s.to_string()),
        "LLM_OS_MODEL_FILE" => settings
            .model_file
            .as_ref()
            .map(|file| format!("/data/models/{file}")),
        "LLM_OS_MODEL_FIRST" => Some(settings.model_first.word().to_owned()),
        "LLM_OS_ENDPOINT_URL" => endpoint.map(|endpoint| endpoint.url.clone()),
        "LLM_OS_ENDPOINT_MODEL" => endpoint.map(|endpoint| endpoint.model.clone()),
        // its name: the file is read by the one user who may.
        "LLM_OS_ENDPOINT_KEY" => endpoint.and_then(|endpoint| endpoint.key.clone()),
        "LLM_OS_ENDPOINT_TIMEOUT_S" => endpoint.map(|endpoint| endpoint.timeout_s.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UNITS;
    use llm_os_wire::settings::Endpoint;

    #[test]
    fn every_variable_of_every_unit_has_its_value() {
        let settings = Settings {
            model_file: Some("a.gguf".to_owned()),
            endpoint: Some(Endpoint {
                url: "http://10.0.2.2:8080/v1".to_owned(),
                model: "m".to_owned(),
                key: Some("mine".to_owned()),
                ..Endpoint::default()
            }),
            ..Settings::default()
        };
        for name in UNITS.iter().flat_map(|unit| unit.settings) {
            assert!(value(name, &settings).is_some(), "{name}");
        }
        assert_eq!(
            value("LLM_OS_ENDPOINT_KEY", &settings).as_deref(),
            Some("mine")
        );
        assert_eq!(value("LLM_OS_ENDPOINT_URL", &Settings::default()), None);
        assert_eq!(value("LLM_OS_SOMETHING", &settings), None);
    }
}
