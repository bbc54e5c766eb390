// A static server and client of Go: goroutines, its own poller and its own system calls, no libc.
// usage: static serve ADDRESS FILE | static fetch URL: the latter asks for the file from eight goroutines
// at once, and prints the SHA-256 that all of them had.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
)

func fetch(url string) (string, error) {
	answer, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	sum := sha256.New()
	if _, err = io.Copy(sum, answer.Body); err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

func fetchAtOnce(url string, times int) error {
	var all sync.WaitGroup
	sums := make([]string, times)
	errors := make([]error, times)
	for i := 0; i < times; i++ {
		all.Add(1)
		go func(i int) {
			defer all.Done()
			sums[i], errors[i] = fetch(url)
		}(i)
	}
	all.Wait()
	for i := range sums {
		if errors[i] != nil {
			return errors[i]
		}
		if sums[i] != sums[0] {
			return fmt.Errorf("%s and %s are not the same", sums[i], sums[0])
		}
	}
	fmt.Println(sums[0])
	return nil
}

func serve(address, path string) error {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) })
	return http.ListenAndServe(address, nil)
}

func main() {
	var err error
	switch {
	case len(os.Args) == 4 && os.Args[1] == "serve":
		err = serve(os.Args[2], os.Args[3])
	case len(os.Args) == 3 && os.Args[1] == "fetch":
		err = fetchAtOnce(os.Args[2], 8)
	default:
		err = fmt.Errorf("usage: static serve ADDRESS FILE | static fetch URL")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
