// Command wsl stands in for wsl.exe: built for Windows it takes the arguments that wsl.exe takes, and has
// Linux run what they name, with the variables of WSLENV. Built for Linux it is that Linux: it prints the
// port at which it waits, and takes one program. Wine has Linux's root as drive Z.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// asked is what is to be run. It comes as the first line.
type asked struct {
	Argv, Env []string
}

func main() {
	run := linux
	if runtime.GOOS == "windows" {
		run = windows
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "wsl:", err)
		os.Exit(1)
	}
}

func windows() error {
	args := os.Args[1:]
	distribution := "default"
	if len(args) > 1 && args[0] == "--distribution" {
		distribution, args = args[1], args[2:]
	}
	if len(args) < 2 || args[0] != "--exec" {
		return fmt.Errorf("unexpected arguments %q", os.Args[1:])
	}
	env := []string{"WSL_DISTRO_NAME=" + distribution}
	for entry := range strings.SplitSeq(os.Getenv("WSLENV"), ":") {
		name, flags, _ := strings.Cut(entry, "/")
		value := os.Getenv(name)
		if strings.Contains(flags, "p") {
			value = strings.ReplaceAll(strings.TrimPrefix(value, `Z:`), `\`, "/")
		}
		env = append(env, name+"="+value)
	}
	conn, err := net.Dial("tcp", "127.0.0.1:"+os.Getenv("TEST_LINUX"))
	if err != nil {
		return err
	}
	if err := json.NewEncoder(conn).Encode(asked{args[1:], env}); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(conn, os.Stdin)
		_ = conn.(*net.TCPConn).CloseWrite()
	}()
	_, err = io.Copy(os.Stdout, conn)
	return err
}

func linux() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	conn, err := listener.Accept()
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(conn)
	var what asked
	if err := decoder.Decode(&what); err != nil {
		return err
	}
	var argv []string
	for _, arg := range what.Argv { // what is drive Z there is this system's root
		before, after, found := strings.Cut(arg, "/mnt/z/")
		if found {
			arg = before + "/" + after
		}
		argv = append(argv, arg)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), what.Env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = io.MultiReader(decoder.Buffered(), conn), conn, os.Stderr
	err = cmd.Run()
	_ = conn.Close()
	return err
}
