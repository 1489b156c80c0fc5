// node minify.mjs KIND TOOL OUT: minifies the files on stdin (a name, a tab and a path a line) to OUT/name, and prints for
// each its name and the milliseconds that the tool took, or what it said.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [kind, tool, out] = process.argv.slice(2);

const tools = {
  css: {
    async esbuild() {
      const { transformSync } = await import("esbuild");
      const options = { loader: "css", minify: true, legalComments: "none" };
      return (text) => transformSync(text, options).code;
    },
    async lightningcss() {
      const { transform } = await import("lightningcss");
      // What the command line does for `--minify --error-recovery`.
      return (text, filename) =>
        transform({ filename, code: Buffer.from(text), minify: true, errorRecovery: true }).code;
    },
    "clean-css-1": () => cleanCss(1),
    "clean-css-2": () => cleanCss(2),
  },
  js: {
    async esbuild() {
      const { transformSync } = await import("esbuild");
      const options = { loader: "js", minify: true, legalComments: "none" };
      return (text) => transformSync(text, options).code;
    },
    async "terser-p3"() {
      const { minify_sync: minify } = await import("terser");
      const options = { toplevel: false, compress: { passes: 3 }, format: { comments: false } };
      return (text) => minify(text, options).code;
    },
  },
  html: {
    async "minify-html"() {
      const { default: minifyHtml } = await import("@minify-html/node");
      // What the standard allows, and no more.
      const options = { minify_css: true, minify_js: true };
      return (text) => minifyHtml.minify(Buffer.from(text), options);
    },
    // Scripts and styles as they are: what is left to compare is the markup.
    async "minify-html-markup"() {
      const { default: minifyHtml } = await import("@minify-html/node");
      return (text) => minifyHtml.minify(Buffer.from(text), {});
    },
  },
};

async function cleanCss(level) {
  const { default: CleanCSS } = await import("clean-css");
  return (text) => {
    const { styles, errors } = new CleanCSS({
      level: { [level]: { ...(level === 1 && { specialComments: 0 }) }, 1: { specialComments: 0 } },
      inline: false,
      rebase: false,
    }).minify(text);
    if (errors.length) throw new Error(errors[0]);
    return styles;
  };
}

const minify = await tools[kind][tool]();
for (const line of readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [name, path] = line.split("\t");
  const text = readFileSync(path, "utf8");
  try {
    const start = performance.now();
    const code = minify(text, name);
    const took = performance.now() - start;
    writeFileSync(join(out, name), code);
    console.log(`${name}\t${took}`);
  } catch (error) {
    console.log(`${name}\t${String(error.message ?? error).split("\n")[0]}`);
  }
}
