# What server/forms uses of pyxform 4; the library ships no types.
