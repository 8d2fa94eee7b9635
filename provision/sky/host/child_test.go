package host

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	"carapace/provision/sky"
	"carapace/schema"
)

// child is a program that misbehaves in one way. It tells the test of its state
// by its output alone.
func child(mode string) {
	switch mode {
	case "hang":
		fmt.Println("hanging", os.Getpid())
		select {}
	case "flood":
		w := bufio.NewWriterSize(os.Stdout, 1<<20)
		line := strings.Repeat("x", 99) + "\n"
		for range 600_000 { // 60 MB
			_, _ = w.WriteString(line)
		}
		_ = w.Flush()
		fmt.Println("the end")
	case "close-stdout":
		_ = os.Stdout.Close()
		fmt.Fprintln(os.Stderr, "stdout is closed")
		os.Exit(3)
	case "ignore-sigterm":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("ignoring", os.Getpid())
		select {}
	case "sidecar": // one that runs a sky which does not heed SIGTERM, and says so
		r := NewExecRunner(ExecOptions{
			Locate: func(context.Context) (Location, error) { return Location{Path: os.Args[0], Environ: os.Environ()}, nil },
			Env:    []string{"SKY_TEST_CHILD=ignore-sigterm"},
		})
		_, _ = r.Run(context.Background(), sky.Call{Program: "sky", Line: func(_ schema.Stream, line string) { fmt.Println(line) }})
	case "submitter": // a sidecar that never confirms what it submits, and says when it is asked to
		path := cmp.Or(os.Getenv("SKY"), os.Args[0])
		r := NewExecRunner(ExecOptions{
			Locate: func(context.Context) (Location, error) { return Location{Path: path, Environ: os.Environ()}, nil },
			Env:    []string{"SKY_TEST_CHILD=" + os.Getenv("SUBMITS")},
		})
		_, _ = r.Submit(context.Background(), sky.Call{Program: "sky", Args: []string{"launch"}, Asks: path == os.Args[0], Confirm: func() error {
			if os.Getenv("CONFIRMS") != "" {
				return nil
			}
			fmt.Println("asked")
			select {}
		}}, os.Getenv("OUTPUT"))
	case "grandchild": // it holds the pipe, in our group, and ignores SIGTERM
		grandchild("ignore-sigterm")
	case "grandchild-and-exit":
		grandchild("ignore-sigterm")
		os.Exit(0)
	case "binary":
		_, _ = os.Stdout.Write([]byte("\xff\xfe\x00\x01 caf\xc3\xa9 \x1b[31mred\x1b[0m\r\n"))
	case "long-line":
		chunk := strings.Repeat("y", 1<<20)
		for range 100 {
			_, _ = io.WriteString(os.Stdout, chunk)
		}
		fmt.Println("\nafter")
	case "nothing":
	case "streams":
		fmt.Print("out 1\nout 2\nno newline")
		fmt.Fprint(os.Stderr, "err 1\n")
		os.Exit(7)
	case "environment":
		dir, _ := os.Getwd()
		stdin, _ := io.ReadAll(os.Stdin)
		fmt.Printf("%s|%s|%s|%q|%q\n", dir, os.Getenv("FROM_OPTIONS"), os.Getenv("FROM_CALL"), stdin, os.Args[1:])
	case "submit":
		fmt.Println("Submitted sky.launch request: 11111111-2222-3333-4444-555555555555")
		fmt.Fprintln(os.Stderr, "on stderr")
	case "ask": // as `sky stop` does without --yes
		fmt.Print("Proceed? [Y/n]: ")
		if answer, _ := io.ReadAll(os.Stdin); string(answer) != "y\n" {
			fmt.Fprintln(os.Stderr, "Aborted!")
			os.Exit(1)
		}
		fmt.Println("\nSubmitted sky.stop request: 11111111-2222-3333-4444-555555555555")
	case "submit-and-wait": // until the file that it is told of is there
		fmt.Println("waiting", os.Getpid())
		for {
			if _, err := os.Stat(os.Getenv("GO_ON")); err == nil {
				break
			}
		}
		fmt.Println("went on")
	}
}

func grandchild(mode string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "SKY_TEST_CHILD="+mode)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		panic(err)
	}
	if mode := os.Getenv("SKY_TEST_CHILD"); mode == "grandchild" {
		_ = cmd.Wait()
	}
}
