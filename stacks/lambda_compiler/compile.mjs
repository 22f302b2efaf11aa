// Compiles every .py below a folder with the Python that Lambda will run, whatever Python this machine has.
// Usage: node compile.mjs <3.13|3.14> <folder> <node_modules>
import { pathToFileURL } from "node:url";
import { join, resolve } from "node:path";

const [runtime, folder, modules] = process.argv.slice(2);
const packageFolder = resolve(modules, `python-${runtime}`);
const { loadPyodide } = await import(pathToFileURL(join(packageFolder, "pyodide.mjs")));
const python = await loadPyodide({ indexURL: packageFolder, env: { HOME: "/home", PYTHONHASHSEED: "0" } });
python.FS.mkdirTree("/var/task");
python.FS.mount(python.FS.filesystems.NODEFS, { root: resolve(folder) }, "/var/task");
python.globals.set("expected", runtime);
const failed = python.runPython(`
import compileall, py_compile, sys
found = f"{sys.version_info.major}.{sys.version_info.minor}"
f"compiler is Python {found}, expected {expected}" if found != expected else "" if compileall.compile_dir(
    "/var/task",
    maxlevels=64,
    quiet=1,
    force=True,
    # Lambda's files never change in place, so the interpreter need not look at the source at every start.
    invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
) else "a file does not compile"
`);
if (failed) {
  console.error(failed);
  process.exit(1);
}
