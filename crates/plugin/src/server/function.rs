//! Functions: pure, with one text for an error and the argument to blame.

use tf::provider::Function;
use tf::{CodecError, Diagnostics, Type, Value};

use super::catalog::Catalog;
use super::convert;
use crate::pb;

/// The text and the position of the argument to blame, from 0.
type Error = (String, Option<i64>);

pub(super) fn call(
    catalog: &Catalog,
    request: pb::call_function::Request,
) -> Result<pb::call_function::Response, Diagnostics> {
    let function = catalog.function(&request.name)?;
    Ok(match result(function.as_ref(), request.arguments) {
        Ok(result) => pb::call_function::Response { result: Some(result), error: None },
        Err((text, function_argument)) => pb::call_function::Response {
            result: None,
            error: Some(pb::FunctionError { text: convert::message(&text), function_argument }),
        },
    })
}

fn result(function: &dyn Function, arguments: Vec<pb::DynamicValue>) -> Result<pb::DynamicValue, Error> {
    let arguments = decoded(function, arguments)?;
    let result = function.call(&arguments)?;
    convert::dynamic_value_of_type(function.result(), &result).map_err(|error| (text(&error), None))
}

/// Clients pass neither null nor unknown to these functions; a client that does is told so.
fn decoded(function: &dyn Function, arguments: Vec<pb::DynamicValue>) -> Result<Vec<Value>, Error> {
    let parameters = function.parameters();
    if arguments.len() != parameters.len() {
        let text = format!("{} takes {} arguments, not {}", function.name(), parameters.len(), arguments.len());
        return Err((text, None));
    }
    let decode = |(position, (parameter, wire)): (i64, (&(_, Type, _), _))| {
        let (_, r#type, _) = parameter;
        let value = convert::value_of_type(r#type, wire).map_err(|error| (text(&error), Some(position)))?;
        if value.is_null() || !value.is_wholly_known() {
            return Err(("argument must be known and not null".to_owned(), Some(position)));
        }
        Ok(value)
    };
    (0_i64..).zip(parameters.iter().zip(arguments)).map(decode).collect()
}

fn text(error: &CodecError) -> String {
    error.to_string()
}
