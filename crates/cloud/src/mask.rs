//! Hiding what a request carried in what comes back: a service, a gateway or a proxy may repeat a request in its error.

use serde_json::Value;

use crate::uri;

/// Shorter texts are not hidden: replacing them would tear holes into every message and hide nothing.
const SHORTEST: usize = 4;

/// Fields of bodies that hold secrets.
const FIELDS: [&str; 6] = ["password", "passcode", "secret", "sk", "securitytoken", "security_token"];

/// Headers that hold secrets.
const HEADERS: [&str; 4] = ["x-auth-token", "x-subject-token", "x-security-token", "authorization"];

/// The secrets of one request, in every form in which they may come back.
pub(crate) struct Mask(Vec<String>);

impl Mask {
    /// The secrets in these headers (names in lower case) and this body.
    pub(crate) fn of<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>, body: Option<&[u8]>) -> Mask {
        let mut secrets = Vec::new();
        for (_, value) in headers.filter(|(name, _)| HEADERS.contains(name)) {
            secrets.push(value.to_owned());
            secrets.extend(value.split_once("Signature=").map(|(_, signature)| signature.to_owned()));
        }
        if let Some(Ok(body)) = body.map(serde_json::from_slice::<Value>) {
            collect(&body, &mut secrets);
        }
        let mut forms: Vec<String> = Vec::new();
        for secret in secrets.into_iter().filter(|secret| secret.chars().count() >= SHORTEST) {
            forms.extend([Value::from(secret.as_str()).to_string().trim_matches('"').to_owned(), uri::encode(&secret)]);
            forms.push(secret);
        }
        // A longer one may hold a shorter one.
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        Mask(forms)
    }

    /// A text without the secrets.
    pub(crate) fn hide(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "(hidden)"))
    }
}

fn collect(value: &Value, secrets: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if FIELDS.contains(&name.as_str()) => secrets.push(text.clone()),
                    // A token that asks for another one.
                    Value::Object(token) if name == "token" => {
                        secrets.extend(token.get("id").and_then(Value::as_str).map(str::to_owned));
                    }
                    other => collect(other, secrets),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, secrets)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_hidden_in_every_form() {
        let headers = [
            ("x-auth-token", "MIIToken+/=="),
            ("authorization", "SDK-HMAC-SHA256 Access=AK, SignedHeaders=host, Signature=0123abcd"),
            ("x-project-id", "p1-is-no-secret"),
        ];
        let body = br#"{"auth":{"identity":{"password":{"user":{"name":"user","password":"pa\"ss word"}},
            "totp":{"user":{"passcode":"123456"}},"token":{"id":"old-token"}}}}"#;
        let mask = Mask::of(headers.into_iter(), Some(body));
        for (text, want) in [
            ("you sent MIIToken+/==", "you sent (hidden)"),
            ("?token=MIIToken%2B%2F%3D%3D&x", "?token=(hidden)&x"),
            (r#"{"password":"pa\"ss word"}"#, r#"{"password":"(hidden)"}"#),
            (r#"pa"ss word"#, "(hidden)"),
            ("code 123456 of old-token", "code (hidden) of (hidden)"),
            ("Signature=0123abcd is wrong", "Signature=(hidden) is wrong"),
            ("user of p1-is-no-secret", "user of p1-is-no-secret"),
        ] {
            assert_eq!(mask.hide(text), want);
        }
        let short = Mask::of([("x-auth-token", "a")].into_iter(), Some(b"no JSON"));
        assert_eq!(short.hide("a banana"), "a banana");
    }
}
