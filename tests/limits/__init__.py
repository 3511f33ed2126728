"""What one sender, one browser or one lost database may cost the others."""
