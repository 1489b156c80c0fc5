use std::io;

use axum::Router;
use tokio::net::TcpListener;
use tokio::runtime::Builder;

/// memory-serve knows axum alone. It compresses the files by itself.
pub(crate) fn serve() -> io::Result<()> {
    let assets = memory_serve::load!().index_file(None).into_router();
    let app = Router::new().nest("/static", assets);
    // One thread, as the others have.
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("http://{}", listener.local_addr()?);
            axum::serve(listener, app).await
        })
}
