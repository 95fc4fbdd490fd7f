//go:build goexperiment.jsonv2

package main

// jsonv2 reports whether encoding/json is its second version.
const jsonv2 = true
