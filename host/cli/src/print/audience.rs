//! Whether anybody reads what is printed.

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::oneshot;

/// Resolves when nobody reads standard output any more: `| head` has seen enough.
pub(crate) async fn gone() {
    let (sender, gone) = oneshot::channel();
    // It ends with the process, if not before.
    std::thread::spawn(move || {
        let stdout = std::io::stdout();
        // Nothing is waited for, so only an error or a hang-up answers, and a file never does.
        let mut watched = [PollFd::new(&stdout, PollFlags::empty())];
        if rustix::io::retry_on_intr(|| poll(&mut watched, None)).is_ok() {
            // Who waited may be gone.
            let _ = sender.send(());
        }
    });
    if gone.await.is_err() {
        std::future::pending::<()>().await;
    }
}
