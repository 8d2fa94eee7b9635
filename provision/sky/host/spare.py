# Imports what the console script argv[1] imports, waits for one line of JSON, and then is that script.
import sys

script = sys.argv[1]
sys.argv = [script]
if sys.path[0] == "":  # as Python has it for a script; "" would be the working folder
    import os.path

    sys.path[0] = os.path.dirname(os.path.realpath(script))
import json
import os
import runpy

os.set_inheritable(3, False)
try:
    runpy.run_path(script, run_name="spare")
except BaseException:
    os._exit(1)  # what is wrong, the next `sky` says
line = b""
while not line.endswith(b"\n"):
    piece = os.read(0, 1)
    if not piece:
        os._exit(0)  # nobody needs it
    line += piece
order = json.loads(line)
os.chdir(order["dir"])
null = os.open(os.devnull, os.O_RDONLY)
os.dup2(null, 0)
os.close(null)
os.write(3, b"\n")
os.close(3)
sys.argv += order["args"]
runpy.run_path(script, run_name="__main__")
