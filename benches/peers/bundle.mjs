// node bundle.mjs TOOL DEMO OUT: joins, minifies and names the stylesheets and scripts of the demo, which lies in DEMO, as
// its two bundles and the script by itself.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [tool, demo, out] = process.argv.slice(2).map((argument, index) => (index ? resolve(argument) : argument));

const external = join(demo, "external");
const bootstrap = join(external, "node_modules/bootstrap/dist");
const entries = join(out, "entries");
mkdirSync(entries, { recursive: true });
const entry = (name, text) => {
  writeFileSync(join(entries, name), text);
  return join(entries, name);
};
const path = (...parts) => JSON.stringify(join(...parts));
const input = [
  entry("base.css", `@import ${path(bootstrap, "css/bootstrap.css")};\n@import ${path(external, "css/app.css")};\n`),
  entry("base.js", `import ${path(bootstrap, "js/bootstrap.js")};\nimport ${path(external, "js/app.js")};\n`),
  entry("jquery.js", `import ${path(external, "node_modules/jquery/dist/jquery.min.js")};\n`),
];

const tools = {
  async esbuild() {
    const { build } = await import("esbuild");
    const file = "file";
    await build({
      entryPoints: input,
      bundle: true,
      minify: true,
      legalComments: "none",
      entryNames: "[name].[hash]",
      outdir: join(out, "dist"),
      loader: { ".woff": file, ".woff2": file, ".ttf": file, ".eot": file, ".svg": file, ".jpg": file },
      logLevel: "error",
    });
  },
  async vite() {
    const { build } = await import("vite");
    await build({
      root: entries,
      configFile: false,
      logLevel: "error",
      // Everything is a file, as with the others.
      build: { outDir: join(out, "dist"), assetsInlineLimit: 0, reportCompressedSize: false, rollupOptions: { input } },
    });
  },
};

await tools[tool]();
