// Package commands runs the commands that README.md and the pages in docs/ show, as somebody
// does who has just cloned the repository and has an empty home.
//
// A fenced block of the language sh is a script, one of the language console has commands after
// "$ ", each with what it prints below it; "..." there stands for any text. An HTML comment on
// the line before the block says how it is run, or why it is not:
//
//	<!-- not run: a paid account -->
//	<!-- run: exit 1 -->
//	<!-- run: with a simulated sky, typing yes -->
//	<!-- run: from the package index -->
//
// The scripts of a page are run in one home, in the order of the page. Those that use the package
// index, and each console, have a home of their own. The tests that run the commands have the
// build tag e2e.
package commands
