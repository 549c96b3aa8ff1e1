"""Who protects consumers, and where: outlets and ODR enterprises."""
