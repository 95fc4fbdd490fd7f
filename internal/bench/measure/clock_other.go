//go:build !unix

package measure

import "time"

func processor() time.Duration { return Wall() }
