package main

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/confab-go/confab/internal/bench/measure"
	"github.com/confab-go/confab/internal/fakeapi"
)

// parallelGets compares calls of n goroutines at once, over one client.
func parallelGets(network *fakeapi.Network, n int) comparison {
	get := unaryGet(network)
	return comparison{
		name:   fmt.Sprintf("unary GET of %d goroutines", n),
		floor:  parallel(n, get.floor),
		ours:   parallel(n, get.ours),
		batch:  1024,
		budget: budget{ratio: unaryBudget.ratio},
	}
}

// parallel divides the units of a work among n goroutines.
func parallel(n int, work measure.Work) measure.Work {
	return func(units int) error {
		var (
			workers sync.WaitGroup
			left    atomic.Int64
			failed  atomic.Pointer[error]
		)
		left.Store(int64(units))
		for range n {
			workers.Go(func() {
				for left.Add(-1) >= 0 && failed.Load() == nil {
					if err := work(1); err != nil {
						failed.Store(&err)
					}
				}
			})
		}
		workers.Wait()
		if err := failed.Load(); err != nil {
			return *err
		}
		return nil
	}
}
