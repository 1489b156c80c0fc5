use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The root of the workspace.
pub(crate) fn workspace() -> PathBuf {
    // Not `CARGO_MANIFEST_DIR` at compile time: a checkout may have been moved since.
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from("xtask"), PathBuf::from);
    own.parent()
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The cargo that runs this, at the root of the workspace.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(workspace());
    // Set by `cargo run` for this program; a build script that looks at them would run again for nothing.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    command
}

/// Runs a command to its end; anything but success is an error that shows the command.
pub(crate) fn run(mut command: Command) -> Result<(), String> {
    let shown = shown(&command);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` ended with {status}")),
        Err(error) => Err(format!("`{shown}` did not start: {error}")),
    }
}

/// Runs a command in place of this program, which a signal to end then reaches.
pub(crate) fn become_program(mut command: Command) -> Result<(), String> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let error = command.exec();
        Err(format!("`{}` did not start: {error}", shown(&command)))
    }
    #[cfg(not(unix))]
    run(command)
}

/// The target directory: this program is TARGET/PROFILE/xtask.
pub(crate) fn target() -> Result<PathBuf, String> {
    let own =
        std::env::current_exe().map_err(|error| format!("this program has no path: {error}"))?;
    let target = own.parent().and_then(Path::parent);
    target
        .map(Path::to_path_buf)
        .ok_or_else(|| format!("{} is in no target directory", own.display()))
}

/// Where a program is found on `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(OsStr::new("?"));
    let words = std::iter::once(program).chain(command.get_args());
    words
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}
