++
counter