//! From an operation's description and parameters to a request.

use connector_kit::CallError;
use serde_json::{Map, Value, json};
use url::Url;

use super::document::follow;
use crate::{
    hint,
    http::{Outgoing, scalar},
    invalid,
};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// One operation of a document.
#[derive(Debug)]
pub(super) struct Operation<'d> {
    document: &'d Value,
    path: &'d str,
    item: &'d Value,
    method: &'static str,
    operation: &'d Value,
}

/// A parameter that is declared.
#[derive(Debug)]
struct Parameter<'d> {
    name: &'d str,
    place: &'d str,
    declared: &'d Value,
}

/// How a list or a map is written as text.
#[derive(Debug, Clone, Copy)]
struct Style<'d> {
    name: &'d str,
    explode: bool,
}

impl<'d> Operation<'d> {
    pub(super) fn find(document: &'d Value, id: &str) -> Result<Self, CallError> {
        let paths = document.get("paths").and_then(Value::as_object);
        let paths = paths.ok_or_else(|| invalid("the document has no `paths`; is it OpenAPI?"))?;
        let mut known = Vec::new();
        for (path, item) in paths {
            let item = follow(document, item)?;
            for method in METHODS {
                let Some(operation) = item.get(method) else { continue };
                let named = operation.get("operationId").and_then(Value::as_str);
                if named == Some(id) {
                    return Ok(Self { document, path, item, method, operation });
                }
                known.extend(named);
            }
        }
        Err(invalid(format!("the document has no operation `{id}`{}", hint(id, &known))))
    }

    fn is_swagger(&self) -> bool {
        self.document.get("swagger").is_some()
    }

    fn parameters(&self) -> Result<Vec<Parameter<'d>>, CallError> {
        let mut all: Vec<Parameter<'d>> = Vec::new();
        // What an operation says goes before what its path says.
        for holder in [self.operation, self.item] {
            for declared in holder.get("parameters").and_then(Value::as_array).into_iter().flatten()
            {
                let declared = follow(self.document, declared)?;
                let text = |key: &str| declared.get(key).and_then(Value::as_str);
                let (Some(name), Some(place)) = (text("name"), text("in")) else { continue };
                if !all.iter().any(|known| known.name == name && known.place == place) {
                    all.push(Parameter { name, place, declared });
                }
            }
        }
        Ok(all)
    }

    /// The request, without credentials. What is given beyond the declared parameters is the body.
    pub(super) fn request(
        &self,
        address: &str,
        mut given: Map<String, Value>,
    ) -> Result<Outgoing, CallError> {
        let declared = self.parameters()?;
        let mut path = self.path.to_owned();
        let mut query = Vec::new();
        let mut headers = Map::new();
        let mut cookies = Vec::new();
        let mut form = Map::new();
        let mut body = None;
        for parameter in &declared {
            let name = parameter.name;
            let Some(value) = given.shift_remove(name).filter(|value| !value.is_null()) else {
                let is_required = parameter.declared.get("required") == Some(&json!(true));
                if is_required && (parameter.place != "body" || given.is_empty()) {
                    return Err(invalid(format!("the parameter `{name}` is missing")));
                }
                continue;
            };
            match parameter.place {
                "path" => {
                    let text = joined(&value, name, parameter.style("simple"), true)?;
                    path = path.replace(&format!("{{{name}}}"), &text);
                }
                "query" => query.extend(pairs(&value, name, parameter.style("form"))?),
                "header" => {
                    let text = joined(&value, name, parameter.style("simple"), false)?;
                    headers.insert(name.to_owned(), json!(text));
                }
                "cookie" => cookies.extend(pairs(&value, name, parameter.style("form"))?),
                "formData" => {
                    form.insert(name.to_owned(), value);
                }
                _ => body = Some(value),
            }
        }
        if !form.is_empty() {
            headers.insert("content-type".to_owned(), json!("application/x-www-form-urlencoded"));
            body = Some(Value::Object(form));
        }
        if body.is_none() {
            body = self.body(&mut given, &mut headers)?;
        }
        if let Some((name, _)) = given.iter().next() {
            let known: Vec<&str> = declared.iter().map(|parameter| parameter.name).collect();
            let hint = hint(name, &known);
            return Err(invalid(format!("the operation has no parameter `{name}`{hint}")));
        }
        if path.contains('{') {
            return Err(invalid(format!(
                "the address `{path}` has a part that no parameter fills"
            )));
        }
        if !cookies.is_empty() {
            let all: Vec<String> =
                cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            headers.insert("cookie".to_owned(), json!(all.join("; ")));
        }
        if !headers.contains_key("accept") {
            headers.insert("accept".to_owned(), json!("application/json, */*;q=0.5"));
        }
        let base = self.base(address)?;
        let mut url = Url::parse(&format!("{}{path}", base.trim_end_matches('/')))
            .map_err(|error| invalid(format!("the address of the operation is no URL: {error}")))?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let method = self.method.to_uppercase();
        Ok(Outgoing { headers, body, ..Outgoing::new(method, url.into()) })
    }

    /// The body: `body` if it is given, else an object of what is left.
    fn body(
        &self,
        given: &mut Map<String, Value>,
        headers: &mut Map<String, Value>,
    ) -> Result<Option<Value>, CallError> {
        if self.is_swagger() {
            let takes_one = self.parameters()?.iter().any(|parameter| parameter.place == "body");
            return Ok(
                (takes_one && !given.is_empty()).then(|| Value::Object(std::mem::take(given)))
            );
        }
        let Some(described) = self.operation.get("requestBody") else { return Ok(None) };
        let described = follow(self.document, described)?;
        let kinds = described.get("content").and_then(Value::as_object);
        let kinds: Vec<&str> =
            kinds.into_iter().flat_map(|kinds| kinds.keys().map(String::as_str)).collect();
        let kind = kinds.iter().find(|kind| kind.contains("json")).or(kinds.first());
        if given.is_empty() {
            if described.get("required") == Some(&json!(true)) {
                return Err(invalid("the operation needs a body; give it as the parameter `body`"));
            }
            return Ok(None);
        }
        if let Some(kind) = kind {
            headers.insert("content-type".to_owned(), json!(kind));
        }
        Ok(Some(match given.shift_remove("body") {
            Some(body) if given.is_empty() => body,
            Some(body) => {
                given.insert("body".to_owned(), body);
                Value::Object(std::mem::take(given))
            }
            None => Value::Object(std::mem::take(given)),
        }))
    }

    /// The beginning of the operation's address.
    fn base(&self, address: &str) -> Result<String, CallError> {
        let from = Url::parse(address).map_err(|error| invalid(error.to_string()))?;
        let text = |key: &str| self.document.get(key).and_then(Value::as_str);
        if self.is_swagger() {
            let schemes: Vec<&str> = self
                .document
                .get("schemes")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let scheme = if schemes.contains(&"https") {
                "https"
            } else {
                schemes.first().copied().unwrap_or(from.scheme())
            };
            let own = || {
                from.port().map_or_else(
                    || from.host_str().unwrap_or_default().to_owned(),
                    |port| format!("{}:{port}", from.host_str().unwrap_or_default()),
                )
            };
            let host = text("host").map_or_else(own, str::to_owned);
            return Ok(format!("{scheme}://{host}{}", text("basePath").unwrap_or_default()));
        }
        let servers = [self.operation, self.item, self.document]
            .into_iter()
            .find_map(|holder| holder.get("servers")?.as_array()?.first());
        let Some(server) = servers else {
            return Ok(from.join("/").map_or_else(|_never| address.to_owned(), String::from));
        };
        let mut url = server.get("url").and_then(Value::as_str).unwrap_or("/").to_owned();
        let variables = server.get("variables").and_then(Value::as_object);
        for (name, variable) in variables.into_iter().flatten() {
            let value = variable.get("default").and_then(Value::as_str).unwrap_or_default();
            url = url.replace(&format!("{{{name}}}"), value);
        }
        let url =
            from.join(&url).map_err(|error| invalid(format!("the server's address: {error}")))?;
        Ok(url.into())
    }
}

impl<'d> Parameter<'d> {
    /// OpenAPI's `style` and `explode`, or Swagger's `collectionFormat`.
    fn style(&self, usual: &'d str) -> Style<'d> {
        let text = |key: &str| self.declared.get(key).and_then(Value::as_str);
        match text("collectionFormat") {
            Some("multi") => return Style { name: "form", explode: true },
            Some("ssv") => return Style { name: "spaceDelimited", explode: false },
            Some("tsv") => return Style { name: "tabDelimited", explode: false },
            Some("pipes") => return Style { name: "pipeDelimited", explode: false },
            Some(_) => return Style { name: usual, explode: false },
            None => {}
        }
        let name = text("style").unwrap_or(usual);
        // Swagger's lists are comma by comma unless it says otherwise; there, no parameter has a schema.
        let is_swagger = self.declared.get("type").is_some();
        let explode = self.declared.get("explode").and_then(Value::as_bool);
        Style { name, explode: explode.unwrap_or(name == "form" && !is_swagger) }
    }
}

/// A query's pairs.
fn pairs(value: &Value, name: &str, style: Style<'_>) -> Result<Vec<(String, String)>, CallError> {
    match value {
        Value::Object(members) if style.name == "deepObject" => members
            .iter()
            .map(|(key, value)| Ok((format!("{name}[{key}]"), scalar(value, name)?)))
            .collect(),
        Value::Object(members) if style.explode => {
            members.iter().map(|(key, value)| Ok((key.clone(), scalar(value, name)?))).collect()
        }
        Value::Array(items) if style.explode => {
            items.iter().map(|item| Ok((name.to_owned(), scalar(item, name)?))).collect()
        }
        other => Ok(vec![(name.to_owned(), joined(other, name, style, false)?)]),
    }
}

/// One text.
fn joined(value: &Value, name: &str, style: Style<'_>, is_path: bool) -> Result<String, CallError> {
    let separator = match style.name {
        "spaceDelimited" => " ",
        "tabDelimited" => "\t",
        "pipeDelimited" => "|",
        _ => ",",
    };
    let encode = |text: String| if is_path { encoded(&text) } else { text };
    let parts: Vec<String> = match value {
        Value::Array(items) => {
            items.iter().map(|item| scalar(item, name).map(encode)).collect::<Result<_, _>>()?
        }
        Value::Object(members) => {
            let equals = if style.explode { "=" } else { separator };
            members
                .iter()
                .map(|(key, value)| {
                    let value = encode(scalar(value, name)?);
                    Ok(format!("{}{equals}{value}", encode(key.clone())))
                })
                .collect::<Result<_, CallError>>()?
        }
        other => vec![encode(scalar(other, name)?)],
    };
    Ok(parts.join(separator))
}

/// A path's part: everything but unreserved characters is percent-encoded (RFC 3986 section 2.3).
fn encoded(text: &str) -> String {
    let is_unreserved =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes()
        .map(|byte| {
            if is_unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
        })
        .collect()
}
