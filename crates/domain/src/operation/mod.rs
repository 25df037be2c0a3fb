//! An operation as data: what it is called, who may use it, what goes in and out, what it does.

mod account;
mod file;
mod handler;
mod invoke;
mod registry;
mod schema;
mod validate;
mod wording;

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

pub use account::{CookieChange, Reply, Visit};
pub use file::File;
pub use handler::Handler;
pub(crate) use invoke::Admitted;
pub use invoke::{audit, read_input, write_output};
pub use registry::{Entry, Registry};
pub(crate) use schema::without_null;
pub use validate::InputSchema;
pub(crate) use validate::{escape, schema_errors};

use crate::Permission;

/// The HTTP methods operations use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether the input travels in a JSON body, and not in the query.
    pub fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

/// What an operation changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effects {
    Read,
    /// Changes the tenant's rows.
    Write,
    /// Has effects outside, or needs an outside system to do its work. Never part of a flow's commit.
    Outside,
}

/// One thing a user can do.
#[derive(Clone)]
pub struct Operation {
    /// `verb_resource`.
    pub name: &'static str,
    pub method: Method,
    /// With parameters in braces, as both the router and OpenAPI write them.
    pub path: &'static str,
    pub tag: &'static str,
    pub summary: &'static str,
    pub description: &'static str,
    pub permission: Permission,
    pub effects: Effects,
    /// The HTTP status of success.
    pub status: u16,
    /// Whether it answers 200 where it found instead of made: its output then says `"created": false`.
    pub finds: bool,
    /// The field that names what the operation is about, for the audit trail.
    pub resource: &'static str,
    /// Whether the answer holds a secret, so that it is never stored for a repeated request.
    pub is_secret: bool,
    /// Whether somebody who is signed in must have proved who they are a moment ago.
    pub is_delicate: bool,
    /// Whether it can be used without a token.
    pub is_public: bool,
    /// Whether it belongs to a contract whose clients expect `success` and `error` beside a problem.
    pub is_contract: bool,
    /// Fields of its output that are paths of this program, made absolute for callers from outside.
    pub links: &'static [&'static str],
    /// Whether its answer may hold what a client or an outside system wrote. Assumed until it says otherwise.
    pub shows_client_text: bool,
    /// Whether nothing follows from what it changes, and all of it can be undone. Assumed of nothing.
    pub is_harmless: bool,
    /// The media type, where REST answers the bytes of a [`File`]. Only reading operations do.
    pub file: Option<&'static str>,
    /// JSON Schema (2020-12) of the input object.
    pub input: Value,
    /// JSON Schema (2020-12) of the output.
    pub output: Value,
    /// A valid input.
    pub example: Value,
    pub handler: Handler,
}

impl Operation {
    /// The rest is said with the methods below. Without a method and path it is `POST /v1/<name>`.
    pub fn new<I, O>(name: &'static str, permission: Permission, handler: Handler) -> Self
    where
        I: DeserializeOwned + JsonSchema,
        O: Serialize + JsonSchema,
    {
        Self {
            name,
            method: Method::Post,
            path: "/v1",
            tag: "",
            summary: "",
            description: "",
            permission,
            effects: match handler {
                Handler::InTransaction(_) => Effects::Write,
                Handler::Outside(_) | Handler::Account(_) => Effects::Outside,
            },
            status: 200,
            finds: false,
            resource: "",
            is_secret: false,
            is_delicate: false,
            is_public: false,
            is_contract: false,
            links: &[],
            shows_client_text: true,
            is_harmless: false,
            file: None,
            input: schema::of_input::<I>(),
            output: schema::of_output::<O>(),
            example: Value::Object(serde_json::Map::new()),
            handler,
        }
    }

    #[must_use]
    pub fn get(self, path: &'static str) -> Self {
        Self { effects: Effects::Read, ..self.at(Method::Get, path) }
    }

    #[must_use]
    pub fn post(self, path: &'static str) -> Self {
        self.at(Method::Post, path)
    }

    #[must_use]
    pub fn put(self, path: &'static str) -> Self {
        self.at(Method::Put, path)
    }

    #[must_use]
    pub fn patch(self, path: &'static str) -> Self {
        self.at(Method::Patch, path)
    }

    #[must_use]
    pub fn delete(self, path: &'static str) -> Self {
        self.at(Method::Delete, path)
    }

    /// Changes nothing, although its input comes in a body because it is too large for a query.
    #[must_use]
    pub fn reads(self) -> Self {
        Self { effects: Effects::Read, ..self }
    }

    fn at(self, method: Method, path: &'static str) -> Self {
        Self { method, path, ..self }
    }

    #[must_use]
    pub fn tag(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    /// A few words for a list, and a sentence or two for the page.
    #[must_use]
    pub fn says(self, summary: &'static str, description: &'static str) -> Self {
        Self { summary, description, ..self }
    }

    /// Answers 201 instead of 200.
    #[must_use]
    pub fn creates(self) -> Self {
        Self { status: 201, ..self }
    }

    /// Answers 201, or 200 with `"created": false` in its output when what it would create is there.
    #[must_use]
    pub fn creates_or_finds(self) -> Self {
        Self { finds: true, ..self.creates() }
    }

    /// The HTTP status of an output.
    pub fn status_of(&self, output: &Value) -> u16 {
        if self.finds && output["created"] == false { 200 } else { self.status }
    }

    #[must_use]
    pub fn about(self, resource: &'static str) -> Self {
        Self { resource, ..self }
    }

    /// The answer holds a secret that must not be stored.
    #[must_use]
    pub fn answers_secret(self) -> Self {
        Self { is_secret: true, ..self }
    }

    /// Credentials, roles and the like: somebody who is signed in proves again who they are when the last proof is
    /// older than ten minutes.
    #[must_use]
    pub fn delicate(self) -> Self {
        Self { is_delicate: true, ..self }
    }

    /// Whether it is about the person who asks, with the cookie of a browser.
    pub fn is_account(&self) -> bool {
        matches!(self.handler, Handler::Account(_))
    }

    /// Needs no token: whoever comes without one is a visitor of the form that the path names.
    #[must_use]
    pub fn public(self) -> Self {
        Self { is_public: true, ..self }
    }

    /// Belongs to the invoice system's contract, whose clients look for `success` and `error`.
    #[must_use]
    pub fn of_contract(self) -> Self {
        Self { is_contract: true, ..self }
    }

    /// Names the fields of its output that are paths of this program.
    #[must_use]
    pub fn links(self, links: &'static [&'static str]) -> Self {
        Self { links, ..self }
    }

    /// An output with absolute links, for callers from outside.
    pub(crate) fn with_links(&self, mut output: Value, base: &crate::PublicUrl) -> Value {
        for name in self.links {
            if let Some(Value::String(path)) = output.get_mut(name)
                && path.starts_with('/')
            {
                *path = base.link(path);
            }
        }
        output
    }

    /// The answer holds ids, facts and what the tenant itself wrote: agents that act may see it.
    #[must_use]
    pub fn shows_no_client_text(self) -> Self {
        Self { shows_client_text: false, ..self }
    }

    /// Nothing outside follows from it, and nothing is lost by it: agents that read what clients wrote may
    /// do it.
    #[must_use]
    pub fn harmless(self) -> Self {
        Self { is_harmless: true, ..self }
    }

    /// Whether something may follow from it that a client must not be able to cause.
    pub fn acts(&self) -> bool {
        self.effects != Effects::Read && !self.is_harmless
    }

    /// REST answers the bytes of the [`File`] that this gives.
    #[must_use]
    pub fn answers_file(self, media_type: &'static str) -> Self {
        Self { file: Some(media_type), ..self }
    }

    #[must_use]
    pub fn example(self, example: Value) -> Self {
        Self { example, ..self }
    }

    /// The names of the parameters in the path.
    pub fn path_parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

impl std::fmt::Debug for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operation").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An [`Operation`] from an `async fn(&mut TenantTx, &Caller, Input) -> Result<Output, Problem>`.
///
/// `operation!(create_lead(CreateLead) -> LeadView, Permission::WriteLeads)` names it after the function.
/// With `outside` in front, the function is an `async fn(Arc<App>, Caller, Input)`. With `account` it is an
/// `async fn(Arc<App>, Visit, Input) -> Result<Reply<Output>, Problem>` and has no permission.
#[macro_export]
macro_rules! operation {
    (account $run:ident($input:ty) -> $output:ty) => {
        $crate::Operation::new::<$input, $output>(
            stringify!($run),
            $crate::Permission::ReadSelf,
            $crate::Handler::account(|app, visit, input| {
                ::std::boxed::Box::pin(async move {
                    let input: $input = $crate::operation::read_input(input)?;
                    $run(app, visit, input).await?.written()
                })
            }),
        )
    };
    (outside $run:ident($input:ty) -> $output:ty, $permission:expr) => {
        $crate::Operation::new::<$input, $output>(
            stringify!($run),
            $permission,
            $crate::Handler::outside(|app, caller, input| {
                ::std::boxed::Box::pin(async move {
                    let input: $input = $crate::operation::read_input(input)?;
                    let output: $output = $run(app, caller, input).await?;
                    $crate::operation::write_output(&output)
                })
            }),
        )
    };
    ($run:ident($input:ty) -> $output:ty, $permission:expr) => {
        $crate::Operation::new::<$input, $output>(
            stringify!($run),
            $permission,
            $crate::Handler::in_transaction(|tx, caller, input| {
                ::std::boxed::Box::pin(async move {
                    let input: $input = $crate::operation::read_input(input)?;
                    let output: $output = $run(tx, caller, input).await?;
                    $crate::operation::write_output(&output)
                })
            }),
        )
    };
}

#[cfg(test)]
mod tests;
