use connector_kit::CallError;
use serde_json::{Value, json};

use super::{Came, Server};

fn swagger() -> Value {
    json!({
        "swagger": "2.0", "host": "shop.example.com", "basePath": "/v2", "schemes": ["http", "https"],
        "parameters": { "Id": { "name": "id", "in": "path", "required": true, "type": "string" } },
        "paths": {
            "/orders/{id}": {
                "parameters": [{ "$ref": "#/parameters/Id" }],
                "get": { "operationId": "getOrder", "parameters": [
                    { "name": "tags", "in": "query", "type": "array", "collectionFormat": "multi" },
                    { "name": "kinds", "in": "query", "type": "array" },
                    { "name": "X-Trace", "in": "header", "type": "string" },
                ] },
                "put": { "operationId": "putOrder", "parameters": [
                    { "name": "order", "in": "body", "required": true, "schema": {} },
                ] },
            },
            "/upload": { "post": { "operationId": "upload", "parameters": [
                { "name": "title", "in": "formData", "type": "string" },
            ] } },
        },
    })
}

const OPENAPI: &str = "
openapi: 3.1.0
servers: [{ url: '/{stage}/v3', variables: { stage: { default: live } } }]
paths:
  /orders/{id}/lines/{keys}:
    post:
      operationId: addLine
      parameters:
        - { name: id, in: path, required: true, schema: { type: string } }
        - { name: keys, in: path, required: true, schema: { type: array } }
        - { name: tags, in: query, schema: { type: array } }
        - { name: pipes, in: query, style: pipeDelimited, explode: false, schema: { type: array } }
        - { name: filter, in: query, style: deepObject, explode: true, schema: { type: object } }
        - { name: session, in: cookie, schema: { type: string } }
      requestBody: { $ref: '#/components/requestBodies/Line' }
  /away:
    servers: [{ url: 'https://login.example.com/away' }]
    delete: { operationId: leave }
components:
  requestBodies:
    Line: { required: true, content: { application/vnd.line+json: { schema: {} } } }
";

async fn shop() -> Server {
    Server::start(|came: &Came| match came.target.as_str() {
        "/swagger.json" => super::json(swagger()),
        "/openapi.yaml" => axum::response::IntoResponse::into_response(OPENAPI.to_owned()),
        _ => super::json(json!({ "ok": true })),
    })
    .await
}

fn with(document: &str, operation: &str, parameters: Value) -> Value {
    json!({
        "document": { "endpoint": format!("https://shop.example.com/{document}") },
        "operationId": operation,
        "parameters": parameters,
    })
}

#[tokio::test]
async fn swagger_2() {
    let shop = shop().await;
    let parameters =
        json!({ "id": "a/b 1", "tags": ["x", "y"], "kinds": ["p", "q"], "X-Trace": "t" });
    let given = shop.call("openapi", with("swagger.json", "getOrder", parameters)).await.unwrap();
    assert_eq!(given, json!({ "ok": true }));
    let came = shop.came();
    assert_eq!(came[1].method, "GET");
    assert_eq!(came[1].target, "/v2/orders/a%2Fb%201?tags=x&tags=y&kinds=p%2Cq");
    assert_eq!(came[1].header("x-trace"), "t");

    let parameters = json!({ "id": 7, "order": { "sum": 3 } });
    shop.call("openapi", with("swagger.json", "putOrder", parameters)).await.unwrap();
    let came = shop.came();
    assert_eq!(came.len(), 1, "the document is fetched once");
    assert_eq!((came[0].method.as_str(), came[0].body.as_str()), ("PUT", "{\"sum\":3}"));

    shop.call("openapi", with("swagger.json", "upload", json!({ "title": "a b" }))).await.unwrap();
    assert_eq!(shop.last().body, "title=a+b");
}

#[tokio::test]
async fn openapi_3() {
    let shop = shop().await;
    let parameters = json!({
        "id": "1", "keys": ["a", "b"], "tags": ["x", "y"], "pipes": [1, 2], "filter": { "min": 3 },
        "session": "s", "quantity": 2, "article": "pen",
    });
    shop.call("openapi", with("openapi.yaml", "addLine", parameters)).await.unwrap();
    let came = shop.last();
    assert_eq!(
        came.target,
        "/live/v3/orders/1/lines/a,b?tags=x&tags=y&pipes=1%7C2&filter%5Bmin%5D=3"
    );
    assert_eq!(came.header("cookie"), "session=s");
    assert_eq!(came.header("content-type"), "application/vnd.line+json");
    assert_eq!(came.body, "{\"quantity\":2,\"article\":\"pen\"}");

    let parameters = json!({ "id": "1", "keys": "k", "body": [1] });
    shop.call("openapi", with("openapi.yaml", "addLine", parameters)).await.unwrap();
    assert_eq!(shop.last().body, "[1]");

    let mut leave = with("openapi.yaml", "leave", json!({}));
    leave["authentication"] = json!({ "bearer": { "token": "t" } });
    shop.call("openapi", leave).await.unwrap();
    let came = shop.last();
    assert_eq!((came.method.as_str(), came.target.as_str()), ("DELETE", "/away/away"));
    assert_eq!(came.header("authorization"), "Bearer t");
}

#[tokio::test]
async fn what_does_not_fit_the_document_says_so() {
    let shop = shop().await;
    let cases = [
        (
            "swagger.json",
            "getOrdr",
            json!({}),
            "the document has no operation `getOrdr`; did you mean `getOrder`?",
        ),
        ("swagger.json", "getOrder", json!({}), "the parameter `id` is missing"),
        (
            "swagger.json",
            "getOrder",
            json!({ "id": 1, "tag": "x" }),
            "the operation has no parameter `tag`; did you mean `tags`?",
        ),
        ("openapi.yaml", "addLine", json!({ "id": 1, "keys": 2 }), "the operation needs a body"),
        ("swagger.json", "getOrder", json!({ "id": { "a": [1] } }), "`id` must be text"),
    ];
    for (document, operation, parameters, expected) in cases {
        match shop.call("openapi", with(document, operation, parameters)).await {
            Err(CallError::Rejected { status: 400, detail, .. }) => {
                assert!(detail.starts_with(expected), "{detail}");
            }
            other => panic!("{other:?}"),
        }
    }
}
