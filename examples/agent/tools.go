package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/confab-go/confab/chatbotkit/agent"
)

// purchase is an order of the shop.
type purchase struct {
	Item     string  `json:"item"`
	Price    float64 `json:"price"`
	Arrives  string  `json:"arrives,omitempty"`
	Refunded bool    `json:"refunded,omitempty"`
}

// shop is the store of the orders. Calls come from several goroutines.
type shop struct {
	mu     sync.Mutex
	orders map[int]purchase
}

var store = shop{orders: map[int]purchase{
	7: {Item: "kettle", Price: 19.90, Arrives: "Tuesday"},
	8: {Item: "teapot", Price: 34.50, Arrives: "Friday"},
}}

type orderArgs struct {
	Number int `json:"number" description:"Number of the order" schema:"minimum=1"`
}

var order = agent.MustTool("order", "Looks up an order.", store.find)

func (s *shop) find(_ context.Context, args orderArgs) (purchase, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.orders[args.Number]
	if !ok {
		return found, fmt.Errorf("there is no order %d", args.Number)
	}
	return found, nil
}

var refund = agent.MustTool("refund", "Refunds an order. The user must approve it.", store.refund)

func (s *shop) refund(_ context.Context, args orderArgs) (purchase, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.orders[args.Number]
	if !ok || found.Refunded {
		return found, errors.New("there is no such order, or it is refunded")
	}
	found.Refunded = true
	s.orders[args.Number] = found
	return found, nil
}

type calculateArgs struct {
	A        float64 `json:"a"`
	Operator string  `json:"operator" schema:"enum=+|-|*|/"`
	B        float64 `json:"b"`
}

var calculate = agent.MustTool("calculate", "Calculates with two numbers.", func(_ context.Context, args calculateArgs) (string, error) {
	result := map[string]float64{"+": args.A + args.B, "-": args.A - args.B, "*": args.A * args.B}[args.Operator]
	if args.Operator == "/" {
		if args.B == 0 {
			return "", errors.New("division by zero")
		}
		result = args.A / args.B
	}
	return fmt.Sprintf("%.2f", result), nil
})

var clock = agent.MustTool("clock", "Tells the time in UTC.", func(context.Context, struct{}) (time.Time, error) {
	return time.Now().UTC().Truncate(time.Second), nil
})
