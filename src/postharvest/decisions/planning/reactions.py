"""What planning does when it hears of something."""
