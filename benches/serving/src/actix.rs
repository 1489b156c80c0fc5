use std::io;
use std::path::{Path, PathBuf};

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE,
    CROSS_ORIGIN_RESOURCE_POLICY, ETAG, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{App, HttpResponse, HttpResponseBuilder, HttpServer};
use actix_web_rust_embed_responder::{EmbedResponse, EmbedableFileResponse, IntoResponse};
use crushed::{Assets, Coding, Representation, Route};
use rust_embed::EmbeddedFile;

use crate::pages::Pages;
use crate::{Counter, tree};

#[derive(rust_embed::RustEmbed)]
#[folder = "$SERVING_TREE"]
struct Embedded;

mod for_web {
    #[derive(rust_embed_for_web::RustEmbed)]
    #[folder = "$SERVING_TREE"]
    pub(super) struct Embedded;
}

/// Serves with actix-web, on one worker.
pub(crate) fn serve(
    kind: &str,
    tree: &Path,
    redis: Option<&str>,
    counter: Counter,
) -> io::Result<()> {
    let pages = Pages::of(kind, redis)?;
    let (kind, folder, assets) = (kind.to_owned(), tree.join("static"), tree::assets(tree)?);
    let is_known = [
        "bare",
        "bare-fields",
        "crushed",
        "actix-files",
        "rust-embed",
        "rust-embed-for-web",
    ]
    .contains(&kind.as_str());
    if !is_known && pages.is_none() {
        return Err(io::Error::other(format!("there is no server {kind:?}")));
    }
    actix_web::rt::System::new().block_on(async move {
        let app = move || {
            App::new()
                .route(
                    "/allocations",
                    web::get().to(move || async move { counter().to_string() }),
                )
                .configure(|app| match &pages {
                    Some(pages) => pages.routes(app),
                    None => routes(app, &kind, folder.clone(), assets),
                })
        };
        let server = HttpServer::new(app)
            .workers(1)
            .disable_signals()
            .bind("127.0.0.1:0")?;
        for address in server.addrs() {
            println!("http://{address}");
        }
        server.run().await
    })
}

fn routes(app: &mut ServiceConfig, kind: &str, folder: PathBuf, assets: Assets) {
    match kind {
        "bare" => bare(app, assets, false),
        "bare-fields" => bare(app, assets, true),
        "crushed" => {
            app.service(crushed::actix::service_at("/static/", assets));
        }
        "actix-files" => {
            app.service(actix_files::Files::new("/static", folder).try_compressed());
        }
        "rust-embed" => {
            app.route("/static/{path:.*}", web::get().to(rust_embed));
        }
        _ => {
            app.route("/static/{path:.*}", web::get().to(rust_embed_for_web));
        }
    }
}

async fn rust_embed(path: web::Path<String>) -> EmbedResponse<EmbeddedFile> {
    Embedded::get(&path).into_response()
}

async fn rust_embed_for_web(path: web::Path<String>) -> EmbedResponse<EmbedableFileResponse> {
    use rust_embed_for_web::RustEmbed;
    for_web::Embedded::get(&path).into_response()
}

/// What a handler costs that was written for one answer: no table, no look at the request. Each answer has a path of its
/// own: `/static/…` the asset, `/br/…` its brotli variant, `/304/…` that it has not changed.
///
/// With `fields` it sends those that crushed sends, else what the bytes cannot be read without.
fn bare(app: &mut ServiceConfig, assets: Assets, fields: bool) {
    for route in assets.routes() {
        for variant in route.variants {
            let start = match variant.coding {
                Coding::Identity => "static",
                coding => coding.token(),
            };
            let answer = move || async move { full(route, variant, fields) };
            app.route(&format!("/{start}/{}", route.path), web::get().to(answer));
        }
        let answer = move || async move { not_modified(route, &route.variants[0], fields) };
        app.route(&format!("/304/{}", route.path), web::get().to(answer));
    }
}

fn full(
    route: &'static Route<'static>,
    variant: &'static Representation<'static>,
    fields: bool,
) -> HttpResponse {
    let mut response = match fields {
        true => validated(StatusCode::OK, route, variant),
        false => HttpResponse::Ok(),
    };
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static(route.content_type)));
    if variant.coding != Coding::Identity {
        response.insert_header((
            CONTENT_ENCODING,
            HeaderValue::from_static(variant.coding.token()),
        ));
    }
    if fields {
        response.insert_header((ACCEPT_RANGES, HeaderValue::from_static("bytes")));
        response.insert_header((X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")));
        response.insert_header((
            CROSS_ORIGIN_RESOURCE_POLICY,
            HeaderValue::from_static("cross-origin"),
        ));
    }
    response.body(Bytes::from_static(variant.bytes))
}

fn not_modified(
    route: &'static Route<'static>,
    variant: &'static Representation<'static>,
    fields: bool,
) -> HttpResponse {
    match fields {
        true => validated(StatusCode::NOT_MODIFIED, route, variant).finish(),
        false => HttpResponse::NotModified()
            .insert_header((ETAG, HeaderValue::from_static(variant.etag)))
            .finish(),
    }
}

fn validated(
    status: StatusCode,
    route: &'static Route<'static>,
    variant: &'static Representation<'static>,
) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response.insert_header((ETAG, HeaderValue::from_static(variant.etag)));
    response.insert_header((
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    ));
    if route.variants.len() > 1 {
        response.insert_header((VARY, HeaderValue::from_static("Accept-Encoding")));
        response.insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")));
    }
    response
}
