//! A cached view over a store in Redis.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceResponse};
use actix_web::{App, Error, HttpMessage, HttpRequest, HttpResponse, rt, test, web};
use crushed::cache::{PageCache, PageCacheOptions, Redis, RedisOptions, Tags};

/// Where servers put their folders.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// One process, as far as Redis can tell.
pub struct Site {
    pub cache: PageCache,
    renders: Arc<AtomicUsize>,
}

/// An answer of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub cache: String,
}

impl Answer {
    pub fn is_hit(&self) -> bool {
        self.cache.contains("; hit")
    }
}

pub fn options() -> PageCacheOptions {
    PageCacheOptions::default()
        .ttl(Duration::from_secs(600))
        .cache_status("test")
}

impl Site {
    pub fn new(url: &str) -> Site {
        Site::with(url, "r1", options(), RedisOptions::default())
    }

    pub fn with(url: &str, release: &str, options: PageCacheOptions, redis: RedisOptions) -> Site {
        let store = Redis::open(url, redis).unwrap();
        Site {
            cache: PageCache::with_store(release, options, store),
            renders: Arc::default(),
        }
    }

    /// How often the view was rendered.
    pub fn renders(&self) -> usize {
        self.renders.load(Ordering::SeqCst)
    }

    /// The site as an app. A page says its path and the number of the render; its tags and how long it takes are in
    /// the query: `?tag=a&ms=100`.
    pub async fn app(
        &self,
    ) -> Rc<
        impl Service<
            actix_http::Request,
            Response = ServiceResponse<EitherBody<BoxBody>>,
            Error = Error,
        > + use<>,
    > {
        let renders = Arc::clone(&self.renders);
        let view = move |request: HttpRequest, query: web::Query<Vec<(String, String)>>| {
            let renders = Arc::clone(&renders);
            async move {
                let of = |name: &str| {
                    query
                        .iter()
                        .filter(move |(key, _)| key == name)
                        .map(|(_, value)| value.clone())
                        .collect::<Vec<_>>()
                };
                let number = renders.fetch_add(1, Ordering::SeqCst) + 1;
                if let Some(millis) = of("ms").first() {
                    tokio::time::sleep(Duration::from_millis(millis.parse().unwrap())).await;
                }
                request.extensions_mut().insert(Tags::new(of("tag")));
                let mut response = HttpResponse::Ok();
                for line in of("header") {
                    let (name, value) = line.split_once(':').unwrap();
                    response.append_header((name, value));
                }
                response.body(format!("{} {number}", request.path()))
            }
        };
        let app = App::new()
            .wrap(self.cache.clone())
            .default_service(web::to(view));
        Rc::new(test::init_service(app).await)
    }
}

pub async fn get<S, B>(app: &S, path: &str) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    send(app, test::TestRequest::with_uri(path)).await
}

pub async fn send<S, B>(app: &S, request: test::TestRequest) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let response = test::call_service(app, request.to_request()).await;
    let status = response.status().as_u16();
    let cache = response
        .headers()
        .get("cache-status")
        .map_or(String::new(), |value| value.to_str().unwrap().to_owned());
    let body = test::read_body(response).await;
    Answer {
        status,
        body: String::from_utf8(body.to_vec()).unwrap(),
        cache,
    }
}

/// Asks for all these paths at once.
pub async fn get_all<S, B>(app: &Rc<S>, paths: Vec<String>) -> Vec<Answer>
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    let mut asking = Vec::new();
    for path in paths {
        let app = Rc::clone(app);
        asking.push(rt::spawn(async move { get(&*app, &path).await }));
    }
    let mut answers = Vec::new();
    for answer in asking {
        answers.push(answer.await.unwrap());
    }
    answers
}

/// Asks again and again until it is a hit.
pub async fn until_hit<S, B>(app: &S, path: &str) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let start = Instant::now();
    loop {
        let answer = get(app, path).await;
        if answer.is_hit() {
            return answer;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "still {answer:?}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
