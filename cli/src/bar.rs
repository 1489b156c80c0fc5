use std::time::Duration;

use crushed_build::{Progress, Stage};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A line on the terminal that tells how far a command is, and goes when it is done. Elsewhere, and where what comes out is
/// for a program, there is none.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(json: bool) -> Self {
        // Draws on a terminal only.
        let target = match json {
            true => ProgressDrawTarget::hidden(),
            false => ProgressDrawTarget::stderr(),
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// What is being done, with no telling how much of it there is.
    pub(crate) fn at(&self, what: impl Into<String>) {
        self.0.set_style(style("{spinner} {msg}"));
        self.0.unset_length();
        self.0.set_message(what.into());
    }
}

impl Progress for Bar {
    fn begin(&self, stage: Stage, pieces: Option<usize>) {
        let what = match stage {
            Stage::Read => "reading",
            Stage::Transform => "minifying stylesheets and scripts",
            Stage::Encode => "compressing",
            Stage::Templates => "minifying and comparing templates",
            _ => "working",
        };
        self.at(what);
        if let Some(pieces) = pieces {
            self.0
                .set_style(style("{spinner} {msg} {wide_bar} {pos}/{len}"));
            self.0.set_length(pieces as u64);
            self.0.set_position(0);
        }
    }

    fn step(&self) {
        self.0.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    // A template that does not read would show in the first run.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
