"""Small widgets that panes share."""
