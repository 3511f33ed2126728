"""The program killed without warning, again and again, under the messages of many hospitals' patients."""
