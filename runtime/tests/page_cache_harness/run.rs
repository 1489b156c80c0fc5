//! Runs one case.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::body::{self, MessageBody};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::{App, test, web};
use crushed::cache::{Clock, ManualClock, PageCache, Purge, Store, Timestamp};

use super::case::{Case, Step, cases, field};
use super::origin::{Origin, render};

/// The time as the case has it.
#[derive(Clone)]
struct SharedClock(Arc<ManualClock>);

impl Clock for SharedClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

struct Got {
    status: u16,
    headers: HeaderMap,
    body: Option<String>,
}

/// Runs all cases, each over a store of its own; `store` is given the case's number.
///
/// # Panics
///
/// If any does not hold.
pub fn run_all<S: Store>(store: impl Fn(usize) -> S) {
    let mut failures = Vec::new();
    actix_web::rt::System::new().block_on(async {
        tokio::time::pause();
        for (number, (name, case)) in cases().into_iter().enumerate() {
            if let Err(failure) = run(&case, store(number)).await {
                failures.push(format!("{name}: {failure}"));
            }
        }
    });
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// Runs a case and says what did not hold, if anything.
async fn run(case: &Case, store: impl Store) -> Result<(), String> {
    let origin = Origin {
        answers: Arc::new(case.answers.clone()),
        renders: Arc::new(AtomicUsize::new(0)),
    };
    let clock = SharedClock(Arc::new(ManualClock::new(Timestamp::from_millis(
        1_700_000_000_000,
    ))));
    let cache = PageCache::with_clock("r1", case.view.options(), store, clock.clone());
    let app = App::new()
        .app_data(web::Data::new(origin.clone()))
        .wrap(cache.clone())
        .default_service(web::to(render));
    let app = Rc::new(test::init_service(app).await);
    for (at, step) in case.steps.iter().enumerate() {
        let wrong = |what: String| format!("step {}: {what}", at + 1);
        let after = Duration::from_secs_f64(step.after);
        clock.0.advance(after);
        // Tokio's time stands still, too, until all that can be done is.
        tokio::time::sleep(after).await;
        if let Some(scope) = &step.purge {
            purge(&cache, scope).await;
        }
        if step.ask.is_empty() {
            continue;
        }
        let mut asking = Vec::new();
        for _ in 0..step.times.unwrap_or(1) {
            let app = Rc::clone(&app);
            let step = step.clone();
            asking.push(actix_web::rt::spawn(async move { ask(&*app, &step).await }));
        }
        let mut seen = HashSet::new();
        for answer in asking {
            let got = answer
                .await
                .map_err(|_| wrong("the request panicked".to_owned()))?;
            check(step, &got).map_err(wrong)?;
            if step.distinct && !seen.insert(format!("{:?}", got.body)) {
                return Err(wrong(format!("the body came twice: {:?}", got.body)));
            }
        }
        let renders = origin.renders.load(Ordering::SeqCst);
        if step.renders.is_some_and(|want| want != renders) {
            return Err(wrong(format!(
                "{renders} renders instead of {}",
                step.renders.unwrap()
            )));
        }
    }
    Ok(())
}

async fn purge(cache: &PageCache, scope: &str) {
    let named = |kind| scope.strip_prefix(kind);
    let purged = match scope {
        "all" => cache.purge(Purge::All).await,
        path if path.starts_with('/') => cache.purge(Purge::Path(path)).await,
        _ => match (named("page "), named("prefix "), named("tag ")) {
            (Some(page), ..) => cache.purge_page(page).await,
            (_, Some(path), _) => cache.purge(Purge::Prefix(path)).await,
            (.., Some(tag)) => cache.purge(Purge::Tag(tag)).await,
            _ => panic!("nothing is called {scope:?}"),
        },
    };
    purged.unwrap();
}

async fn ask<S, B>(app: &S, step: &Step) -> Got
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    let (method, path) = step.ask.split_once(' ').expect("METHOD path");
    let mut request = test::TestRequest::with_uri(path)
        .method(method.parse().unwrap())
        .peer_addr("127.0.0.1:4711".parse().unwrap());
    for line in &step.with {
        request = request.append_header(field(line));
    }
    if !step.body.is_empty() {
        request = request
            .append_header(("content-length", step.body.len()))
            .set_payload(step.body.clone());
    }
    let response = test::call_service(app, request.to_request()).await;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = body::to_bytes(response.into_body()).await.ok();
    let body = body.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Got {
        status,
        headers,
        body,
    }
}

/// What the cache says that it did.
fn verdict(headers: &HeaderMap) -> &'static str {
    let status = headers
        .get("cache-status")
        .map_or("", |value| value.to_str().unwrap());
    let says = |what: &str| status.split("; ").any(|part| part == what);
    match () {
        () if says("hit") && status.contains("ttl=-") => "stale",
        () if says("hit") => "hit",
        () if says("collapsed") => "shared",
        () if says("fwd=bypass") || says("fwd=method") => "bypass",
        () => "miss",
    }
}

fn check(step: &Step, got: &Got) -> Result<(), String> {
    let Got {
        status,
        headers,
        body,
    } = got;
    if step.status.is_some_and(|want| want != *status) {
        return Err(format!("status {status}"));
    }
    let did = verdict(headers);
    if step
        .cache
        .as_ref()
        .is_some_and(|want| !want.split('|').any(|one| one == did))
    {
        return Err(format!("{did}: {:?}", headers.get("cache-status")));
    }
    if step.broken != body.is_none() {
        return Err(format!("body {body:?}"));
    }
    if step.text.is_some() && step.text != *body {
        return Err(format!("body {body:?}"));
    }
    if let Some(text) = &step.lacks
        && (format!("{headers:?}").contains(text)
            || body.as_ref().is_some_and(|body| body.contains(text)))
    {
        return Err(format!("{text:?} in {body:?} or {headers:?}"));
    }
    for line in &step.has {
        let (name, want) = field(line);
        let all: Vec<_> = headers
            .get_all(&name)
            .map(|value| value.to_str().unwrap())
            .collect();
        if all.join(" + ") != want {
            return Err(format!("{name}: {all:?}"));
        }
    }
    match step
        .without
        .iter()
        .find(|name| headers.contains_key(name.as_str()))
    {
        Some(name) => Err(format!("{name} is there")),
        None => Ok(()),
    }
}
