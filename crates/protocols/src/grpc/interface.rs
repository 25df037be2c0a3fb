//! From a `.proto` file to methods, and between JSON and their messages.

use bytes::{BufMut as _, Bytes, BytesMut};
use connector_kit::CallError;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, MethodDescriptor,
    SerializeOptions,
    prost::Message as _,
    prost_types::{
        DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
        UninterpretedOption, method_options::IdempotencyLevel,
    },
};
use protox::{
    Compiler,
    file::{File, FileResolver, GoogleFileResolver},
};
use serde_json::Value;

use crate::{hint, invalid};

/// What the file is called while it is compiled.
const NAME: &str = "the.proto";
/// What begins the names of the files that every compiler brings along.
const WELL_KNOWN: &str = "google/protobuf/";
/// What goes before each message: whether it is compressed, and its length.
pub(super) const PREFIX_BYTES: usize = 5;

/// The services of one file.
#[derive(Debug)]
pub(crate) struct Interface(DescriptorPool);

impl Interface {
    /// Compiles a file.
    ///
    /// Custom options are left out, since no call needs them, and so are imports of other files, which are
    /// mostly for such options. Besides, the values of options nest without a limit.
    pub(super) fn read(source: &[u8]) -> Result<Self, String> {
        let source = String::from_utf8_lossy(source);
        let broken = |error: protox::Error| format!("cannot be read: {error}");
        let parsed = File::from_source(NAME, &source).map_err(broken)?;
        let mut file = parsed.file_descriptor_proto().clone();
        without_custom_options(&mut file);
        let imports = std::mem::take(&mut file.dependency);
        let (known, missing): (Vec<_>, Vec<_>) =
            imports.into_iter().partition(|name| name.starts_with(WELL_KNOWN));
        file.dependency = known;
        (file.public_dependency, file.weak_dependency) = (Vec::new(), Vec::new());
        let only = Only {
            file: File::from_file_descriptor_proto(file),
            google: GoogleFileResolver::new(),
        };
        let mut compiler = Compiler::with_file_resolver(only);
        match compiler.open_file(NAME) {
            Ok(compiler) => Ok(Self(compiler.descriptor_pool())),
            Err(error) if missing.is_empty() => Err(broken(error)),
            Err(error) => Err(format!(
                "{}; it imports `{}`, and only {WELL_KNOWN}* can be imported: put what is needed into one file",
                broken(error),
                missing.join("`, `"),
            )),
        }
    }

    /// A method, its service named with or without the package.
    pub(super) fn method(&self, service: &str, method: &str) -> Result<Method, CallError> {
        let found = self.0.services().find(|it| it.full_name() == service).or_else(|| {
            let mut named = self.0.services().filter(|it| it.name() == service);
            named.next().filter(|_| named.next().is_none())
        });
        let Some(found) = found else {
            let services: Vec<_> = self.0.services().collect();
            let names: Vec<&str> =
                services.iter().flat_map(|it| [it.full_name(), it.name()]).collect();
            let hint = hint(service, &names);
            return Err(invalid(format!("the proto has no service `{service}`{hint}")));
        };
        if let Some(method) = found.methods().find(|it| it.name() == method) {
            return Ok(Method(method));
        }
        let methods: Vec<_> = found.methods().collect();
        let names: Vec<&str> = methods.iter().map(MethodDescriptor::name).collect();
        let hint = hint(method, &names);
        Err(invalid(format!("`{}` has no method `{method}`{hint}", found.full_name())))
    }
}

/// A method that can be called.
#[derive(Debug)]
pub(super) struct Method(MethodDescriptor);

impl Method {
    /// The path of a request.
    pub(super) fn path(&self) -> String {
        format!("/{}/{}", self.0.parent_service().full_name(), self.0.name())
    }

    /// Whether the file says that doing it twice is the same as doing it once.
    pub(super) fn is_repeatable(&self) -> bool {
        let options = self.0.method_descriptor_proto().options.as_ref();
        options.is_some_and(|options| {
            matches!(
                options.idempotency_level(),
                IdempotencyLevel::NoSideEffects | IdempotencyLevel::Idempotent
            )
        })
    }

    /// The body of a request: a map is one message, a list several.
    pub(super) fn request(&self, arguments: Value) -> Result<Bytes, CallError> {
        let messages = match arguments {
            Value::Array(messages) if self.0.is_client_streaming() => messages,
            Value::Array(_) => {
                return Err(invalid(format!(
                    "`{}` takes one message: `arguments` must be a map",
                    self.0.name()
                )));
            }
            one => vec![one],
        };
        let mut body = BytesMut::new();
        for message in messages {
            let message = message_of(self.0.input(), message)?;
            let bytes = message.encode_to_vec();
            let length = u32::try_from(bytes.len());
            body.put_u8(0);
            body.put_u32(length.map_err(|_too_long| invalid("`arguments` are too large"))?);
            body.extend_from_slice(&bytes);
        }
        Ok(body.freeze())
    }

    /// What the messages of an answer say: a list if the method answers a stream.
    pub(super) fn answer(&self, body: Bytes) -> Result<Value, CallError> {
        let unreadable = |reason: &str| CallError::Unreadable {
            detail: format!("the answer of `{}` {reason}", self.0.name()),
        };
        let mut messages = Vec::new();
        for message in parts(body).map_err(unreadable)? {
            let message = DynamicMessage::decode(self.0.output(), message)
                .map_err(|error| unreadable(&format!("is not as the proto says: {error}")))?;
            let value = message
                .serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())
                .map_err(|error| unreadable(&format!("cannot be JSON: {error}")))?;
            messages.push(value);
        }
        if self.0.is_server_streaming() {
            return Ok(Value::Array(messages));
        }
        match (messages.pop(), messages.is_empty()) {
            (Some(message), true) => Ok(message),
            (_, _) => Err(unreadable("must be one message")),
        }
    }
}

/// A message by the mapping of JSON (`google.protobuf` well-known types included).
fn message_of(kind: MessageDescriptor, value: Value) -> Result<DynamicMessage, CallError> {
    let value = if value.is_null() { Value::Object(serde_json::Map::new()) } else { value };
    let name = kind.full_name().to_owned();
    let fields: Vec<_> = kind.fields().collect();
    let known: Vec<&str> =
        fields.iter().flat_map(|field| [field.name(), field.json_name()]).collect();
    let unknown = value.as_object().and_then(|members| {
        members.keys().find(|key| !key.starts_with('[') && !known.contains(&key.as_str()))
    });
    if let Some(unknown) = unknown
        && !name.starts_with("google.protobuf.")
    {
        let hint = hint(unknown, &known);
        return Err(invalid(format!("`{name}` has no field `{unknown}`{hint}")));
    }
    DynamicMessage::deserialize_with_options(kind, value, &DeserializeOptions::new())
        .map_err(|error| invalid(format!("`arguments` are no `{name}`: {error}")))
}

/// The messages of a body.
fn parts(mut body: Bytes) -> Result<Vec<Bytes>, &'static str> {
    let mut messages = Vec::new();
    while !body.is_empty() {
        if body.len() < PREFIX_BYTES {
            return Err("ends in the middle of a message");
        }
        let prefix = body.split_to(PREFIX_BYTES);
        if prefix.first() != Some(&0) {
            return Err("is compressed, which was not asked for");
        }
        let length = prefix.iter().skip(1).fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        if body.len() < length {
            return Err("ends in the middle of a message");
        }
        messages.push(body.split_to(length));
    }
    Ok(messages)
}

/// One file and those that every compiler brings along.
struct Only {
    file: File,
    google: GoogleFileResolver,
}

impl FileResolver for Only {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == NAME { Ok(self.file.clone()) } else { self.google.open_file(name) }
    }
}

fn without_custom_options(file: &mut FileDescriptorProto) {
    plain(file.options.as_mut().map(|it| &mut it.uninterpreted_option));
    fields(&mut file.extension);
    for message in &mut file.message_type {
        of_message(message);
    }
    for kind in &mut file.enum_type {
        of_enum(kind);
    }
    for service in &mut file.service {
        plain(service.options.as_mut().map(|it| &mut it.uninterpreted_option));
        for method in &mut service.method {
            plain(method.options.as_mut().map(|it| &mut it.uninterpreted_option));
        }
    }
}

fn of_message(message: &mut DescriptorProto) {
    plain(message.options.as_mut().map(|it| &mut it.uninterpreted_option));
    fields(&mut message.field);
    fields(&mut message.extension);
    for range in &mut message.extension_range {
        plain(range.options.as_mut().map(|it| &mut it.uninterpreted_option));
    }
    for choice in &mut message.oneof_decl {
        plain(choice.options.as_mut().map(|it| &mut it.uninterpreted_option));
    }
    for kind in &mut message.enum_type {
        of_enum(kind);
    }
    for nested in &mut message.nested_type {
        of_message(nested);
    }
}

fn of_enum(kind: &mut EnumDescriptorProto) {
    plain(kind.options.as_mut().map(|it| &mut it.uninterpreted_option));
    for value in &mut kind.value {
        plain(value.options.as_mut().map(|it| &mut it.uninterpreted_option));
    }
}

fn fields(fields: &mut [FieldDescriptorProto]) {
    for field in fields {
        plain(field.options.as_mut().map(|it| &mut it.uninterpreted_option));
    }
}

/// Keeps the options of the language itself, whose values are plain.
fn plain(options: Option<&mut Vec<UninterpretedOption>>) {
    if let Some(options) = options {
        options.retain(|option| {
            option.aggregate_value.is_none() && option.name.iter().all(|part| !part.is_extension)
        });
    }
}
