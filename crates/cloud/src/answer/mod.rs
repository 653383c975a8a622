//! Reading what a service answered: a good answer into a record, a bad one into an [`Error`].

mod body;
mod refusal;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::call::Call;
use crate::error::Error;
use crate::json;
use crate::time::Timestamp;

#[cfg(test)]
pub(crate) use body::read as read_complaint;
pub(crate) use refusal::Refusal;

/// A good answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Method and path that were asked.
    pub(crate) called: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) request_id: Option<String>,
    /// The service's clock.
    pub(crate) date: Option<Timestamp>,
}

impl Answer {
    /// Reads the body as the answer of a call.
    ///
    /// # Errors
    /// The body is no JSON, or has another form. After a call that starts work nobody knows then what it did.
    pub(crate) fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, Error> {
        json::read(&self.body).map_err(|unreadable| {
            let message = match unreadable.syntax {
                true => format!("the answer is no JSON ({})", unreadable.text),
                false => format!("the answer has an unexpected form: {}", unreadable.text),
            };
            self.bad(call, message, unreadable.syntax).change(|facts| facts.page = self.is_page())
        })
    }

    /// The answer, unless it is a page for people. Its good status is that of a proxy or a portal, which may have put the page
    /// in place of a refusal: even a call that needs nothing of the body is not accepted by it.
    ///
    /// # Errors
    /// It is a page. After a call that starts work nobody knows then what it did.
    pub(crate) fn of_the_service(self, call: &Call) -> Result<Answer, Error> {
        match self.is_page() {
            true => Err(self
                .bad(call, "the answer is no JSON (a page of HTML)".to_owned(), true)
                .change(|facts| facts.page = true)),
            false => Ok(self),
        }
    }

    fn is_page(&self) -> bool {
        self.body.trim_ascii_start().starts_with(b"<")
    }

    /// The error for an answer with a good status that makes no sense; `transient` if asking again may help.
    pub(crate) fn bad(&self, call: &Call, message: String, transient: bool) -> Error {
        let error = call.bad_answer(self.status, self.request_id.clone(), message, transient);
        error.change(|facts| facts.call = Some(self.called.clone()))
    }
}
