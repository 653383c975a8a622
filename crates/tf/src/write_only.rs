//! Attributes that are only written: the configuration has them, and no plan and no state ever does (Terraform 1.11).
//!
//! An older core takes such an attribute for a plain sensitive one, for it skips what it does not know of a schema. It then wants
//! to find in the state what the configuration has. So one schema serves all cores, and it is the core's version that decides
//! whether [`hide`] is called ([`crate::cores::hides_write_only`]).

use crate::schema::{Block, Nesting};
use crate::value::Value;

/// Whether a block has such an attribute, at any depth.
pub fn has(block: &Block) -> bool {
    block.attributes.iter().any(|attribute| attribute.write_only)
        || block.blocks.iter().any(|nested| has(&nested.block))
}

/// Makes null whatever is only written.
pub fn hide(block: &Block, body: &mut Value) {
    each(block, body, &Value::Null);
}

/// Puts in what the configuration has of it: for those who send it, never for those who keep it.
pub fn fill(block: &Block, config: &Value, body: &mut Value) {
    each(block, body, config);
}

fn each(block: &Block, body: &mut Value, from: &Value) {
    let Value::Object(members) = body else { return };
    for attribute in block.attributes.iter().filter(|attribute| attribute.write_only) {
        members.insert(attribute.name.to_owned(), from.get(attribute.name).clone());
    }
    for nested in block.blocks.iter().filter(|nested| has(&nested.block)) {
        let from = from.get(nested.name);
        match (nested.nesting, members.get_mut(nested.name)) {
            (Nesting::Single, Some(body)) => each(&nested.block, body, from),
            (Nesting::List, Some(Value::List(bodies))) => {
                let mut from = match from {
                    Value::List(bodies) => bodies.iter(),
                    _ => [].iter(),
                };
                bodies.iter_mut().for_each(|body| each(&nested.block, body, from.next().unwrap_or(&Value::Null)));
            }
            // Sets have none of these: their elements cannot be told apart without them.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Attribute, NestedBlock};

    fn block() -> Block {
        let attributes = || vec![Attribute::optional("name", "N."), Attribute::optional("secret", "S.").write_only()];
        let nested = |name, nesting| NestedBlock {
            name,
            nesting,
            block: Block { attributes: attributes(), ..Block::default() },
            min_items: 0,
            max_items: 0,
            replaces: false,
        };
        let blocks = vec![nested("one", Nesting::Single), nested("many", Nesting::List)];
        Block { attributes: attributes(), blocks, ..Block::default() }
    }

    fn body(secret: Value) -> Value {
        let leaf = || Value::object([("name", Value::from("n")), ("secret", secret.clone())]);
        let mut body = leaf();
        body.set("one", leaf());
        body.set("many", Value::List(vec![leaf(), leaf()]));
        body
    }

    #[test]
    fn what_is_only_written_goes_and_comes_back_from_the_configuration() {
        let (config, hidden) = (body(Value::from("s")), body(Value::Null));
        let mut value = config.clone();
        hide(&block(), &mut value);
        assert_eq!(value, hidden);
        fill(&block(), &config, &mut value);
        assert_eq!(value, config);
    }

    #[test]
    fn nothing_is_hidden_where_nothing_is_there() {
        let mut null = Value::Null;
        hide(&block(), &mut null);
        assert_eq!(null, Value::Null);
        let mut bare = Value::object([("one", Value::Null), ("many", Value::Unknown)]);
        hide(&block(), &mut bare);
        assert_eq!(
            (bare.get("one"), bare.get("many"), bare.get("secret")),
            (&Value::Null, &Value::Unknown, &Value::Null)
        );
    }
}
