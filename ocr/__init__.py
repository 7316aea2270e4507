"""Paper: printing a form with marks and a QR code, and reading a photograph of it back into proposed values.

Takes arrays of pixels (numpy ``uint8``, height × width × 3, BGR), never files. A machine proposes; a person confirms.
"""
