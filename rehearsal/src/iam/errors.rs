//! Error answers of IAM.

use serde_json::json;

use super::world::ErrorShape;
use crate::wire::Answer;

/// Why IAM refuses a request.
pub(super) enum ApiError {
    Iam { status: u16, code: &'static str, message: String },
    Gateway(Answer),
}

impl ApiError {
    pub(super) fn new(status: u16, code: &'static str, message: impl Into<String>) -> ApiError {
        ApiError::Iam { status, code, message: message.into() }
    }

    pub(super) fn bad(field: &str) -> ApiError {
        ApiError::new(400, "IAM.0011", format!("Request parameter {field} is missing or invalid."))
    }

    pub(super) fn not_found(what: &str) -> ApiError {
        ApiError::new(404, "IAM.0004", format!("Could not find {what}."))
    }

    pub(super) fn answer(self, shape: ErrorShape) -> Answer {
        let (status, code, message) = match self {
            ApiError::Gateway(answer) => return answer,
            ApiError::Iam { status, code, message } => (status, code, message),
        };
        let title = match status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            _ => "Error",
        };
        let error = json!({"code": status, "message": message, "title": title});
        let body = match shape {
            ErrorShape::Error => json!({"error": error}),
            ErrorShape::Code => json!({"error_code": code, "error_msg": message}),
            ErrorShape::Both => json!({"error": error, "error_code": code, "error_msg": message}),
        };
        Answer::json(status, &body)
    }

    pub(super) fn no_such_api() -> ApiError {
        ApiError::Gateway(Answer::gateway(404, "APIGW.0101", "The API does not exist or has not been published."))
    }
}
