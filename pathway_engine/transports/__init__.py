"""Ways in and out of the house: bytes over a wire, whose meaning is other people's business."""
