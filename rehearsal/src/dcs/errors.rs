//! Error answers of DCS: three shapes, two families of codes.

use serde_json::{Value, json};

use super::switches::{CodeFamily, ErrorShape, Switches, Version};
use crate::service::Response;

/// Why DCS refuses: the last digits of the code and what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: u16,
    digits: u32,
    message: String,
}

impl ApiError {
    /// A refusal with status 400.
    pub(super) fn bad(digits: u32, message: impl Into<String>) -> ApiError {
        ApiError { status: 400, digits, message: message.into() }
    }

    /// 404: the instance does not exist.
    pub(super) fn no_instance() -> ApiError {
        ApiError { status: 404, digits: 3022, message: "This DCS instance does not exist.".into() }
    }

    /// 401: the project of the path is not the token's.
    pub(super) fn project_mismatch() -> ApiError {
        ApiError { status: 401, digits: 1004, message: "The project ID does not match the token.".into() }
    }

    /// 404: no such address.
    pub(super) fn no_url() -> ApiError {
        ApiError { status: 404, digits: 4001, message: "The URL does not exist.".into() }
    }

    /// 405: the address exists, the method does not.
    pub(super) fn no_method() -> ApiError {
        ApiError { status: 405, digits: 5001, message: "The method is not allowed.".into() }
    }

    pub(super) fn response(&self, version: Version, switches: &Switches) -> Response {
        let code = self.code(switches.code_family.of(version));
        let body: Value = match switches.error_shape.of(version) {
            ErrorShape::Flat => json!({"error_code": code, "error_msg": self.message, "error_ext_msg": null}),
            ErrorShape::Nested => json!({"error": {"code": code, "message": self.message, "ext_message": null}}),
        };
        Response::json(self.status, body)
    }

    fn code(&self, family: CodeFamily) -> String {
        match (family, self.digits) {
            // This code has no twin in the other family.
            (CodeFamily::Dcs, digits) | (CodeFamily::Digits, digits @ 4049) => format!("DCS.{digits}"),
            (CodeFamily::Digits, 1004) => "111401004".into(),
            (CodeFamily::Digits, 3022) => "111404022".into(),
            (CodeFamily::Digits, 5001) => "111405001".into(),
            (CodeFamily::Digits, digits) => format!("111400{:03}", digits % 1000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_shape_and_its_family() {
        let switches = Switches::default();
        for (error, v1, v2) in [
            (ApiError::bad(4096, "busy"), "111400096", "DCS.4096"),
            (ApiError::no_instance(), "111404022", "DCS.3022"),
            (ApiError::bad(4049, "not running"), "DCS.4049", "DCS.4049"),
            (ApiError::project_mismatch(), "111401004", "DCS.1004"),
            (ApiError::no_method(), "111405001", "DCS.5001"),
        ] {
            let body = error.response(Version::V1, &switches).body.unwrap();
            assert_eq!(body["error"]["code"], v1);
            let body = error.response(Version::V2, &switches).body.unwrap();
            assert_eq!(body["error_code"], v2);
            assert!(body["error_ext_msg"].is_null());
        }
    }
}
