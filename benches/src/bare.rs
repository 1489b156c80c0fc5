//! lightningcss and swc called and nothing more, with the settings that the pipeline calls them with.

use std::path::Path;

use lightningcss::stylesheet::{MinifyOptions, ParserOptions, PrinterOptions, StyleSheet};
use lightningcss::targets::{Features, Targets};
use swc_core::common::comments::SingleThreadedComments;
use swc_core::common::sync::Lrc;
use swc_core::common::{FileName, GLOBALS, Globals, Mark, SourceMap};
use swc_core::ecma::ast::{EsVersion, Program};
use swc_core::ecma::codegen::text_writer::{JsWriter, omit_trailing_semi};
use swc_core::ecma::codegen::{Config, Emitter};
use swc_core::ecma::minifier::optimize;
use swc_core::ecma::minifier::option::{
    CompressOptions, ExtraOptions, MangleOptions, MinifyOptions as SwcOptions,
};
use swc_core::ecma::parser::{EsSyntax, Syntax, parse_file_as_script};
use swc_core::ecma::transforms::base::fixer::{fixer, paren_remover};
use swc_core::ecma::transforms::base::resolver;

/// Parses a stylesheet.
pub fn parse_css(text: &str) -> Option<StyleSheet<'_>> {
    let options = ParserOptions {
        error_recovery: true,
        ..ParserOptions::default()
    };
    StyleSheet::parse(text, options).ok()
}

/// Minifies a stylesheet.
pub fn minify_css(text: &str) -> Option<String> {
    let include = Features::MediaRangeSyntax
        | Features::MediaIntervalSyntax
        | Features::DoublePositionGradients;
    let targets = Targets {
        browsers: None,
        include,
        exclude: Features::all().difference(include),
    };
    let mut sheet = parse_css(text)?;
    sheet
        .minify(MinifyOptions {
            targets,
            ..MinifyOptions::default()
        })
        .ok()?;
    let printed = sheet.to_css(PrinterOptions {
        minify: true,
        targets,
        ..PrinterOptions::default()
    });
    Some(printed.ok()?.code)
}

/// Parses a classic script and drops it, in a thread with room for a deep tree.
pub fn parse_js(text: &str) -> bool {
    roomy(|| parsed(text).is_some())
}

/// Minifies a classic script, in a thread with room for a deep tree.
pub fn minify_js(text: &str) -> Option<String> {
    roomy(|| swc(text))
}

fn roomy<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(1 << 29)
            .spawn_scoped(scope, || GLOBALS.set(&Globals::new(), work))
            .expect("a thread can be started")
            .join()
            .expect("swc reads the corpus")
    })
}

type Parsed = (Lrc<SourceMap>, Program, SingleThreadedComments);

fn parsed(text: &str) -> Option<Parsed> {
    let map: Lrc<SourceMap> = Lrc::default();
    let file = map.new_source_file(FileName::Anon.into(), text.to_owned());
    let comments = SingleThreadedComments::default();
    let syntax = Syntax::Es(EsSyntax::default());
    let version = EsVersion::latest();
    let mut recovered = Vec::new();
    let script =
        parse_file_as_script(&file, syntax, version, Some(&comments), &mut recovered).ok()?;
    Some((map, Program::Script(script), comments))
}

fn swc(text: &str) -> Option<String> {
    let (map, program, comments) = parsed(text)?;
    let extra = ExtraOptions {
        unresolved_mark: Mark::new(),
        top_level_mark: Mark::new(),
        mangle_name_cache: None,
    };
    let program = program.apply(&mut paren_remover(None)).apply(&mut resolver(
        extra.unresolved_mark,
        extra.top_level_mark,
        false,
    ));
    let options = SwcOptions {
        compress: Some(CompressOptions {
            passes: 3,
            comparisons: false,
            loops: false,
            ..CompressOptions::default()
        }),
        mangle: Some(MangleOptions {
            top_level: Some(false),
            ..MangleOptions::default()
        }),
        ..SwcOptions::default()
    };
    let program = optimize(
        program,
        map.clone(),
        Some(&comments),
        None,
        &options,
        &extra,
    )
    .apply(&mut fixer(None));
    let mut out = Vec::new();
    let mut emitter = Emitter {
        cfg: Config::default()
            .with_minify(true)
            .with_target(EsVersion::Es2020),
        cm: map.clone(),
        comments: None,
        wr: Box::new(omit_trailing_semi(JsWriter::new(map, "\n", &mut out, None))),
    };
    emitter.emit_program(&program).ok()?;
    drop(emitter);
    String::from_utf8(out).ok()
}

/// A project that holds nothing but these files, a block each, and whose build makes no variants.
///
/// # Errors
/// What the file system says.
pub fn project<'a>(
    root: &Path,
    files: impl Iterator<Item = &'a crate::corpus::File>,
) -> std::io::Result<()> {
    use std::fs;
    fs::create_dir_all(root.join("templates"))?;
    fs::create_dir_all(root.join("assets"))?;
    let mut page = String::from("<!doctype html><title>The corpus</title>\n");
    for file in files {
        fs::write(root.join("assets").join(file.name), &file.text)?;
        let kind = file.kind.word();
        let tag = match file.kind {
            crushed_manifest::Kind::Css => format!("<link rel=stylesheet href={}>", file.name),
            crushed_manifest::Kind::Js => format!("<script src={}></script>", file.name),
        };
        page += &format!("{{% compress {kind} %}}{tag}{{% endcompress %}}\n");
    }
    fs::write(root.join("templates/page.html"), page)?;
    fs::write(
        root.join("crushed.toml"),
        "effort = \"fast\"\ncodings = []\n",
    )
}
