//go:build !race

package chatbot_test

const raceEnabled = false
