# Runs the console script argv[1] with the arguments behind it. Without any it imports what the script
# imports, waits for one line of JSON that has them, and then runs it.
import sys

script, *args = sys.argv[1:]
sys.argv = [script]
__file__ = script
if sys.path[0] == "":  # as Python has it for a script; "" would be the working folder
    import os.path

    sys.path[0] = os.path.dirname(os.path.realpath(script))
import atexit
import gc
import json
import os
import runpy
import threading


def load():
    """Imports what the script does."""
    gc.disable()  # it would look through all of it again and again, and find next to nothing
    try:
        runpy.run_path(script, run_name="spare")
    finally:
        gc.freeze()  # else the next collection looks through all of it
        gc.enable()


def wait():
    """Returns what it is told, once it was told."""
    os.set_inheritable(3, False)
    try:
        load()
    except BaseException:
        os._exit(1)  # what is wrong, the next `sky` says
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 1)
        if not piece:
            os._exit(0)  # nobody needs it
        line += piece
    order = json.loads(line)
    if order["dir"]:
        os.chdir(order["dir"])
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.write(3, b"\n")
    os.close(3)
    return order["args"]


if args:
    load()
sys.argv += args or wait()
code = None
try:
    runpy.run_path(script, run_name="__main__")
except SystemExit as end:
    if not isinstance(end.code, (int, type(None))):
        raise
    code = end.code
finally:
    gc.unfreeze()  # for Python's own end
# As Python ends, but for taking each module and object apart, which takes it a second of SkyPilot's.
try:
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
except BaseException:
    sys.exit(code)  # by Python's own end, which knows what that is
os._exit((code or 0) & 0xFF)
