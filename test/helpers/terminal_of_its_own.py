"""Runs a command at a terminal of its own: terminal_of_its_own.py ROWS COLUMNS own|foreign COMMAND...

What it prints is passed on. The line "close" on stdin closes the terminal; any other is typed there. A terminal that is
`own` sends SIGHUP when it is closed; a `foreign` one, which controls nothing, only breaks. At the end: exit CODE, or
signal NUMBER, on stderr.
"""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios

rows, columns, kind, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
terminal, end = pty.openpty()
fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
own = (lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if kind == "own" else None
child = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, start_new_session=True, preexec_fn=own)
os.close(end)
watched = [terminal, 0]
while terminal in watched:
    for ready in select.select(watched, [], [])[0]:
        if ready == 0:
            typed = os.read(0, 65536)
            if not typed:
                watched.remove(0)
            elif typed == b"close\n":
                watched.remove(terminal)
                os.close(terminal)
            else:
                os.write(terminal, typed)
            continue
        try:
            shown = os.read(terminal, 65536)
        except OSError:
            shown = b""
        if shown:
            os.write(1, shown)
        else:
            watched.remove(terminal)
code = child.wait()
sys.stderr.write(f"exit {code}\n" if code >= 0 else f"signal {-code}\n")
