"""An exchange written a second time, in another language and without this project's code: small, and strict about who signs."""
