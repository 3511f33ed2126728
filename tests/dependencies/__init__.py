"""What the program is made of: read from the locks, judged by licence, written as a page and as a bill of materials."""
