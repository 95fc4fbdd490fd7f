package wire

import "encoding/json"

func Decode(data []byte, out any) ([]string, error) { return nil, Lenient(json.Unmarshal(data, out)) }
